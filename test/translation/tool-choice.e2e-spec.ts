import {
  chatStream,
  completion,
  type ScriptedAnswer,
  textDelta,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const TOOLS = ['search', 'weather'].map((name) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
}));
const TALK = [textDelta('I would '), textDelta('rather talk.')];
const CALL = [toolCallStart(0, 'chatcmpl-tool-1', 'search'), toolArguments(0, '{"q":1}')];

describe('tool_choice', () => {
  const { upstream, gateway } = useGateway();
  const ask = (body: Record<string, unknown>) =>
    postStream(`${gateway.url}/v1/responses`, {
      model: 'm',
      input: 'hi',
      stream: true,
      tools: TOOLS,
      ...body,
    });

  it('should ask once more when a required call did not come, and show only the second answer', async () => {
    upstream.reply(chatStream(TALK, { usage: usageOf(10, 4) }));
    upstream.reply(chatStream(CALL, { finish: 'tool_calls', usage: usageOf(12, 6) }));
    const { events } = await ask({ tool_choice: 'required' });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: {
        output: [{ type: 'function_call', name: 'search', arguments: '{"q":1}' }],
        output_text: '',
        usage: { input_tokens: 22, output_tokens: 10 },
      },
    });
    const [first, second] = upstream.chats.slice(-2).map(({ body }) => body as { messages: unknown[] });
    expect(second!.messages.slice(0, -1)).toEqual(first!.messages);
  });

  it('should pass the text on and end incomplete when the call does not come the second time either', async () => {
    upstream.reply(chatStream(TALK));
    upstream.reply(chatStream([textDelta('No.')]));
    const { events } = await ask({ tool_choice: { type: 'function', name: 'weather' } });
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { output_text: 'No.', incomplete_details: { reason: 'required_tool_call_missing' } },
    });
  });

  it('should do the same without streaming', async () => {
    upstream.reply(completion({ content: 'No.' }));
    upstream.reply(
      completion({ toolCalls: [{ id: 'x', name: 'search', arguments: '{}' }], finish: 'tool_calls' }),
    );
    const { body } = await postJson(`${gateway.url}/v1/responses`, {
      model: 'm',
      input: 'hi',
      tools: TOOLS,
      tool_choice: 'required',
    });
    checkResponse(body);
    expect(body).toMatchObject({ output: [{ type: 'function_call', name: 'search' }] });
  });

  it('should ask once more where a stop text has ended the first answer', async () => {
    const talk = [...TALK, textDelta(' END Or walk.'), textDelta(' Or run.')];
    upstream.reply(chatStream(talk, { usage: usageOf(10, 4) }));
    upstream.reply(chatStream(CALL, { finish: 'tool_calls', usage: usageOf(12, 6) }));
    const { events } = await ask({ tool_choice: 'required', stop: 'END' });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: {
        output: [{ type: 'function_call', name: 'search' }],
        usage: { input_tokens: 22, output_tokens: 10 },
      },
    });
  });

  it('should not ask again after an answer that was cut by the token limit', async () => {
    const before = upstream.chats.length;
    upstream.reply(chatStream(TALK, { finish: 'length' }));
    const { events } = await ask({ tool_choice: 'required' });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      response: { incomplete_details: { reason: 'max_output_tokens' } },
    });
    expect(upstream.chats).toHaveLength(before + 1);
  });

  it('should hold back calls of tools that are not allowed', async () => {
    upstream.reply(
      chatStream([...CALL, toolCallStart(1, 'y', 'weather'), toolArguments(1, '{}')], {
        finish: 'tool_calls',
      }),
    );
    const { events } = await ask({
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'weather' }] },
    });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ response: { output: [{ name: 'weather' }] } });
  });

  it.each<[string, ScriptedAnswer]>([
    ['refused', { status: 503, body: '{"message":"sleeping","code":503,"object":"error"}' }],
    ['cut', { chunks: [], headers: { 'content-type': 'text/event-stream' }, end: 'destroy' }],
  ])('should pass the first answer on where the second question is %s', async (_name, answer) => {
    upstream.reply(chatStream(TALK));
    upstream.reply(answer);
    const { events } = await ask({ tool_choice: 'required' });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        output: [{ type: 'message', status: 'completed' }],
        incomplete_details: { reason: 'required_tool_call_missing' },
      },
    });
  });
});
