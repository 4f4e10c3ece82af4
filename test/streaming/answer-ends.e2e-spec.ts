import {
  chatStream,
  type ChatPiece,
  completion,
  finish,
  reasoningDelta,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { type Json, recordOf } from '../support/json.js';
import { checkLifecycle, checkResponse, normaliseIds } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const TOOLS = ['search', 'edit_existing_file'].map((name) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
}));

const { upstream, gateway } = useGateway();

const request = (body: Json) => ({ model: 'test-model', input: 'hi', tools: TOOLS, ...body });

/** The final response of a streamed answer. */
async function streamed(answer: string, body: Json = {}): Promise<Json> {
  upstream.reply(answer);
  const { status, done, events } = await postStream(
    `${gateway.url}/v1/responses`,
    request({ ...body, stream: true }),
  );
  expect({ status, done }).toEqual({ status: 200, done: true });
  checkLifecycle(events);
  return recordOf(recordOf(events.at(-1)).response);
}

async function whole(answer: string, body: Json = {}) {
  upstream.reply(answer);
  const result = await postJson(`${gateway.url}/v1/responses`, request(body));
  if (result.status === 200) checkResponse(result.body);
  return { ...result, body: recordOf(result.body) };
}

/** The same answer, streamed and not. */
async function both(stream: string, body: string, asked: Json = {}): Promise<Json> {
  const first = await streamed(stream, asked);
  const second = await whole(body, asked);
  expect(second.status).toBe(200);
  const comparable = ({ status, output, incomplete_details }: Json) =>
    normaliseIds({ status, output, incomplete_details });
  expect(comparable(second.body)).toEqual(comparable(first));
  return first;
}

const call = (id: string, name: string, text: string) => ({ id, name, arguments: text });
const named = (name: string, text = ''): ChatPiece => ({
  delta: { tool_calls: [{ index: 0, id: 'c1', function: { name, arguments: text } }] },
});

describe('the words for an end', () => {
  it.each([
    ['model_length', 'max_output_tokens'],
    ['MAX_TOKENS', 'max_output_tokens'],
    ['model_context_window_exceeded', 'max_output_tokens'],
    ['sensitive', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['repetition', 'interrupted'],
  ])('should make %s an incomplete answer: %s', async (word, reason) => {
    const response = await both(
      chatStream(['half an ans', finish(word)]),
      completion({ content: 'half an ans', finish: word }),
    );
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason },
      output: [{ status: 'incomplete' }],
    });
  });

  it.each(['network_error', 'insufficient_system_resource', 'parse_error'])(
    'should make %s a failed answer',
    async (word) => {
      const response = await streamed(chatStream(['half an ans', finish(word)]));
      expect(response).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
      const answer = await whole(completion({ content: 'half an ans', finish: word }));
      expect(answer).toMatchObject({ status: 502, body: { error: { code: 'upstream_error' } } });
    },
  );

  it('should make a word of no known server a complete answer, and say so', async () => {
    const response = await both(
      chatStream(['pong', finish('wormhole')]),
      completion({ content: 'pong', finish: 'wormhole' }),
    );
    expect(response).toMatchObject({ status: 'completed' });
    const answer = await whole(completion({ content: 'pong', finish: 'wormhole' }));
    expect(answer.headers['x-gateway-warning']).toBe('unknown_finish_reason');
  });

  it.each(['', null])('should complete a whole answer whose finish reason is %p', async (word) => {
    const body = recordOf(JSON.parse(completion({ content: 'pong' })));
    recordOf((body.choices as unknown[])[0]).finish_reason = word;
    expect((await whole(JSON.stringify(body))).body).toMatchObject({
      status: 'completed',
      output_text: 'pong',
    });
  });

  it.each(['null', 'None', 'FINISH_REASON_UNSPECIFIED', 'in_progress'])(
    'should go on behind deltas whose finish reason is the word %s',
    async (word) => {
      const response = await both(
        chatStream([
          { delta: { content: 'po' }, finish: word },
          { delta: { content: 'ng' } },
          finish('stop'),
        ]),
        completion({ content: 'pong', finish: word }),
      );
      expect(response).toMatchObject({ status: 'completed', output_text: 'pong' });
    },
  );

  it('should tell a stream apart that was ended without a word from one that was cut', async () => {
    const ended = await streamed(chatStream(['pon'], { finish: null }));
    expect(ended).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'interrupted' } });
    const cut = await streamed(chatStream(['pon'], { finish: null, done: false }));
    expect(cut).toMatchObject({ status: 'failed' });
  });
});

describe('an answer that holds nothing', () => {
  it.each<[string, ChatPiece[], Parameters<typeof completion>[0]]>([
    ['no text at all', [], { content: null }],
    ['empty text', [{ delta: { content: '' } }], { content: '' }],
    ['white space, where a call was lost', [{ delta: { content: '\n\n' } }], { content: '\n\n' }],
    ['reasoning alone', [reasoningDelta('hm')], { reasoning: 'hm' }],
  ])('should be incomplete: %s', async (_what, pieces, options) => {
    const response = await both(chatStream(pieces), completion(options));
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'empty_answer' } });
    const { headers } = await whole(completion(options));
    expect(headers['x-gateway-warning']).toBe('empty_answer');
  });

  it('should be complete where a stop text of the request may be the reason', async () => {
    const response = await both(chatStream([]), completion({ content: '' }), { stop: 'END' });
    expect(response).toMatchObject({ status: 'completed', output: [] });
  });
});

describe('reasoning that never closes', () => {
  const stream = (...pieces: ChatPiece[]) =>
    chatStream([reasoningDelta('po'), reasoningDelta('ng'), ...pieces]);
  const off = { reasoning: { effort: 'none' } };

  it.each<[string, Json]>([
    ['by the effort', off],
    ["by the template's switch", { chat_template_kwargs: { enable_thinking: false } }],
  ])('should be the answer where thinking was switched off %s', async (_how, asked) => {
    const response = await both(stream(), completion({ reasoning: 'pong' }), asked);
    expect(response).toMatchObject({
      status: 'completed',
      output_text: 'pong',
      output: [{ type: 'message' }],
    });
  });

  it('should be the answer as far as it came, where that was cut', async () => {
    const response = await both(
      stream(finish('length')),
      completion({ reasoning: 'pong', finish: 'length' }),
      off,
    );
    expect(response).toMatchObject({
      status: 'incomplete',
      output: [{ type: 'message', status: 'incomplete' }],
    });
  });

  it('should stay reasoning where text or a call follows', async () => {
    const answered = await both(
      stream({ delta: { content: 'so' } }),
      completion({ reasoning: 'pong', content: 'so' }),
      off,
    );
    expect(answered).toMatchObject({ output: [{ type: 'reasoning' }, { type: 'message' }] });
    const calls = [toolCallStart(0, 'c1', 'search'), toolArguments(0, '{}')];
    const called = await both(
      stream(...calls),
      completion({ reasoning: 'pong', toolCalls: [call('c1', 'search', '{}')] }),
      off,
    );
    expect(called).toMatchObject({ output: [{ type: 'reasoning' }, { type: 'function_call' }] });
  });
});

describe('calls of a server that reads them itself', () => {
  it.each(['{"a":', '[1]', '"x"', '5', 'null', '{"a":1}{"b":2}'])(
    'should be incomplete with arguments of %s',
    async (text) => {
      const response = await both(
        chatStream([toolCallStart(0, 'c1', 'search'), toolArguments(0, text), finish('tool_calls')]),
        completion({ toolCalls: [call('c1', 'search', text)] }),
      );
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'malformed_tool_call' },
        output: [{ type: 'function_call', status: 'incomplete', arguments: text }],
      });
    },
  );

  it('should have the name that came in pieces', async () => {
    const response = await streamed(
      chatStream([
        named('edit_e'),
        { delta: { tool_calls: [{ index: 0, function: { name: 'xisting_file', arguments: '{}' } }] } },
        finish('tool_calls'),
      ]),
    );
    expect(response).toMatchObject({
      status: 'completed',
      output: [{ name: 'edit_existing_file', arguments: '{}' }],
    });
  });

  it('should have name and arguments once where they are sent more than once', async () => {
    const response = await streamed(
      chatStream([
        named('search', '{"q"'),
        named('search', ':1}'),
        named('search', '{"q":1}'),
        finish('tool_calls'),
      ]),
    );
    expect(response).toMatchObject({
      status: 'completed',
      output: [{ name: 'search', arguments: '{"q":1}' }],
    });
  });

  it('should fail without a name', async () => {
    const nameless = { delta: { tool_calls: [{ index: 0, id: 'c1', function: { arguments: '{}' } }] } };
    expect(await streamed(chatStream([nameless, finish('tool_calls')]))).toMatchObject({ status: 'failed' });
  });
});

describe('characters that are cut in half', () => {
  const halves = (make: (text: string) => ChatPiece) => [make('a\ud83d'), make('\ude00b'), make('\ud83d')];

  it.each<[string, ChatPiece[], Json]>([
    ['text', halves((content) => ({ delta: { content } })), { content: [{ text: 'a😀b\ufffd' }] }],
    [
      'reasoning',
      [...halves(reasoningDelta), { delta: { content: 'x' } }],
      { summary: [{ text: 'a😀b\ufffd' }] },
    ],
    ['a refusal', halves((refusal) => ({ delta: { refusal } })), { content: [{ refusal: 'a😀b\ufffd' }] }],
    [
      'arguments',
      [
        toolCallStart(0, 'c1', 'search'),
        ...['{"a":"\ud83d', '\ude00', '\ud83d', '"}'].map((text) => toolArguments(0, text)),
      ],
      { arguments: '{"a":"😀\ufffd"}' },
    ],
  ])('should be whole again in %s', async (_kind, pieces, item) => {
    const response = await streamed(chatStream(pieces, { usage: usageOf(1, 1) }));
    expect(response).toMatchObject({ status: 'completed' });
    expect((response.output as Json[])[0]).toMatchObject(item);
  });
});
