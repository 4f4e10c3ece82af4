import { chatStream, completion } from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { isRecord } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';
import { useGateway } from '../support/use-gateway.js';

const CUT = 'cut \ud83d';
const BODY = {
  model: 'm',
  instructions: CUT,
  metadata: { [CUT]: CUT },
  user: CUT,
  stop: [CUT],
  chat_template_kwargs: { [CUT]: CUT },
  tools: [
    {
      type: 'function',
      name: 'f',
      description: CUT,
      parameters: { type: 'object', properties: { [CUT]: { type: 'string', enum: [CUT] } } },
    },
  ],
  text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object', title: CUT } } },
  input: [
    { role: 'developer', content: CUT },
    { role: 'user', content: [{ type: 'input_text', text: CUT }] },
    { type: 'reasoning', summary: [{ type: 'summary_text', text: CUT }] },
    { role: 'assistant', content: CUT },
    { type: 'function_call', call_id: CUT, name: 'f', arguments: '{"a":"\\ud83d","b":"\\ud83d\\ude00"}' },
    { type: 'function_call_output', call_id: CUT, output: CUT },
    { type: 'custom_tool_call', call_id: 'c', name: 'g', input: CUT },
    { type: 'custom_tool_call_output', call_id: 'c', output: { a: CUT } },
  ],
};

/** Every string in a value, keys too; those that are JSON are looked into, as a model server does with arguments. */
function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    yield value;
    if (value.startsWith('{')) yield* stringsOf(JSON.parse(value));
  } else if (Array.isArray(value)) for (const child of value) yield* stringsOf(child);
  else if (isRecord(value)) {
    for (const [key, child] of Object.entries(value)) {
      yield key;
      yield* stringsOf(child);
    }
  }
}

const broken = (value: unknown) =>
  [...stringsOf(value)].filter((text) => Buffer.from(text, 'utf8').toString('utf8') !== text);

describe('strings of a request that are cut within a character', () => {
  const { upstream, gateway } = useGateway();
  const expectWhole = (answer: unknown) => {
    const sent = upstream.requests.at(-1)?.body;
    expect(broken(BODY)).not.toEqual([]);
    expect(broken(sent)).toEqual([]);
    expect(JSON.stringify(sent)).toContain('cut \ufffd');
    expect(broken(answer)).toEqual([]);
  };

  it('should be whole upstream and in the echo', async () => {
    upstream.reply(completion({ content: '{}' }));
    const { status, body } = await postJson(`${gateway.url}/v1/responses`, BODY);
    expect(status).toBe(200);
    expectWhole(body);
    expect(JSON.stringify(body)).toContain('cut \ufffd');
    const chat = JSON.stringify(upstream.chats.at(-1)?.body);
    expect(chat).toContain('\\"b\\":\\"\\\\ud83d\\\\ude00\\"');
  });

  it('should be so in a stream', async () => {
    upstream.reply(chatStream(['{}']));
    const { events } = await postStream(`${gateway.url}/v1/responses`, { ...BODY, stream: true });
    checkLifecycle(events);
    expectWhole(events);
  });

  it('should be so on a WebSocket', async () => {
    const client = await SocketClient.open(gateway.url);
    upstream.reply(chatStream(['{}']));
    const { events } = await client.turn(BODY);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
    expectWhole(events);
    client.socket.close();
  });

  it('should be so where tokens are counted', async () => {
    upstream.reply('{"input_tokens":42}', '/v1/messages/count_tokens');
    const { status, body } = await postJson(`${gateway.url}/v1/responses/input_tokens`, BODY);
    expect({ status, body }).toMatchObject({ status: 200, body: { input_tokens: 42 } });
    expectWhole(body);
  });

  it('should be so where a conversation is compacted', async () => {
    upstream.reply(completion({ content: 'note' }));
    const { status, body } = await postJson(`${gateway.url}/v1/responses/compact`, BODY);
    expect(status).toBe(200);
    expectWhole(body);
  });
});
