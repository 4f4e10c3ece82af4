import { expectEnvelope } from '../support/error-envelope.js';
import { chatStream, completion } from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { arrayOf, recordOf } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';
import { useGateway } from '../support/use-gateway.js';

const user = (content: unknown) => ({ role: 'user', content });
const CALL = { type: 'function_call', call_id: 'call_1', name: 't', arguments: '{}' };

/** Histories that other services and newer clients have written, what the model is to see of them, and what is named. */
const HISTORIES: [name: string, items: unknown[], messages: unknown[], ignored: string | undefined][] = [
  [
    'a message between agents',
    [
      user('a'),
      {
        type: 'agent_message',
        id: 'amsg_1',
        author: '/root',
        recipient: '~/child',
        content: [
          { type: 'input_text', text: 'Sender: /root\nPayload:\n' },
          { type: 'encrypted_content', encrypted_content: 'SUBTASK nonce 42' },
        ],
      },
    ],
    [user('a'), user('Sender: /root\nPayload:\n\nSUBTASK nonce 42')],
    undefined,
  ],
  [
    'items of its own of Codex',
    [
      user('a'),
      { type: 'context_compaction', encrypted_content: 'zz' },
      { type: 'multi_agent_call', id: 'x' },
      { type: 'ghost_snapshot', ghost_commit: { id: 'x' } },
      { type: 'x\r\nset-cookie: a=b' },
      user('b'),
    ],
    [user('a'), user('b')],
    'input:context_compaction, input:multi_agent_call, input:ghost_snapshot, input:unknown',
  ],
  [
    'a foreign compaction',
    [user('a'), { type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAAAABoforeign' }, user('b')],
    [user('a'), user(expect.stringContaining('cannot be read here')), user('b')],
    'input:compaction',
  ],
  [
    'a reference to reasoning',
    [user('a'), { type: 'item_reference', id: 'rs_1' }, { id: 'rs_2' }, user('b')],
    [user('a'), user('b')],
    'input:item_reference',
  ],
  [
    'a file in the output of a tool',
    [
      user('a'),
      CALL,
      {
        type: 'function_call_output',
        call_id: 'call_1',
        output: [
          { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,aGVsbG8=' },
          { type: 'input_file', filename: 'b.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
        ],
      },
    ],
    [
      user('a'),
      expect.objectContaining({ role: 'assistant' }),
      expect.objectContaining({
        role: 'tool',
        content: expect.stringMatching(/^File a\.txt:\nhello\n\[The file b\.pdf was left out: /) as string,
      }),
    ],
    'input:input_file',
  ],
  [
    'late developer messages',
    [{ role: 'developer', content: 'one' }, user('a'), { role: 'system', content: 'two' }, user('b')],
    [{ role: 'system', content: 'zero\n\none\n\ntwo' }, user('a'), user('b')],
    undefined,
  ],
];

describe('a history that others have written', () => {
  const { upstream, gateway } = useGateway();
  const seen = () => arrayOf(recordOf(upstream.chats.at(-1)?.body).messages);
  const bodyOf = (name: string, input: unknown[]) => ({
    model: 'm',
    input,
    ...(name === 'late developer messages' && { instructions: 'zero' }),
  });

  it.each(HISTORIES)(
    'should be answered, in one piece and streamed: %s',
    async (name, input, messages, ignored) => {
      upstream.reply(completion({ content: 'ok' }));
      const whole = await postJson(`${gateway.url}/v1/responses`, bodyOf(name, input));
      expect(whole.status).toBe(200);
      checkResponse(whole.body);
      expect(whole.headers['x-gateway-ignored']).toBe(ignored);
      expect(seen()).toEqual(messages);

      upstream.reply(chatStream(['ok']));
      const streamed = await postStream(`${gateway.url}/v1/responses`, {
        ...bodyOf(name, input),
        stream: true,
      });
      checkLifecycle(streamed.events);
      expect(streamed.headers['x-gateway-ignored']).toBe(ignored);
      expect(seen()).toEqual(messages);
    },
  );

  it('should be one that is kept whole: an earlier response is not found, in the words that clients know', async () => {
    const expected = {
      type: 'invalid_request_error',
      code: 'previous_response_not_found',
      param: 'previous_response_id',
      message: "Previous response with id 'resp_gone' not found.",
    };
    const body = { model: 'm', input: 'x', previous_response_id: 'resp_gone' };
    for (const stream of [false, true]) {
      expectEnvelope(await postJson(`${gateway.url}/v1/responses`, { ...body, stream }), {
        status: 400,
        ...expected,
      });
    }
    expectEnvelope(await postJson(`${gateway.url}/v1/responses/compact`, body), { status: 400, ...expected });
    const client = await SocketClient.open(gateway.url);
    expect((await client.turn(body)).error).toMatchObject({ status: 400, error: expected });
    client.socket.close();
  });
});
