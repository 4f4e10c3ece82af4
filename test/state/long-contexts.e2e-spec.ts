import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { chatStream, completion, usageOf } from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { STATE_BACKENDS, useState } from '../support/use-state.js';
import { SocketClient } from '../support/ws-client.js';

const MODEL = 'test-model';
const NOTE = 'the note';

/** Each answer is long; a summary is asked for by the last message. */
const answer = ({ path, body, raw }: { path: string; body: unknown; raw: string }) => {
  if (!path.endsWith('/chat/completions')) return undefined;
  const content = raw.includes('handover note:') ? NOTE : 'pong';
  const counts = { usage: usageOf(1_990, 10) };
  return (body as { stream?: boolean }).stream
    ? { body: chatStream([content], counts) }
    : { body: completion({ content, ...counts }) };
};

describe.each(STATE_BACKENDS)('%s', (backend) => {
  describe('a request that continues something', () => {
    const state = useState(backend, {
      answer,
      environment: { AUTO_COMPACT_THRESHOLD: '2000', ENCRYPTION_KEY: '5a'.repeat(32) },
    });
    const url = (path = ''): string => state.url(`/responses${path}`);
    const create = async (body: object): Promise<ResponseObject> =>
      (await postJson(url(), { model: MODEL, ...body })).body as ResponseObject;
    const typesOf = ({ output }: { output: { type: string }[] }) => output.map(({ type }) => type);
    const lastAsked = () => (state.upstream.chats.at(-1)!.body as { messages: Json[] }).messages;

    it('should be compacted by the setting, and gone on from, in a chain', async () => {
      const first = await create({ input: 'one' });
      expect(typesOf(first)).toEqual(['message']);
      const second = await create({ input: 'two', previous_response_id: first.id });
      expect(typesOf(second)).toEqual(['message', 'compaction']);
      expect((await getJson(url(`/${second.id}`))).body).toEqual(second);
      await create({ input: 'three', previous_response_id: second.id, context_management: [] });
      expect(lastAsked().map(({ content }) => content)).toEqual([
        'one',
        'two',
        expect.stringContaining(NOTE),
        'three',
      ]);
    });

    it('should be compacted in a conversation, streamed too', async () => {
      const { body: made } = await postJson(state.url('/conversations'), {});
      const conversation = (made as { id: string }).id;
      const { events } = await postStream(url(), { model: MODEL, conversation, input: 'one', stream: true });
      checkLifecycle(events, { schema: true });
      expect(typesOf((events.at(-1) as { response: ResponseObject }).response)).toEqual([
        'message',
        'compaction',
      ]);
      const next = await create({ conversation, input: 'two' });
      expect(typesOf(next)).toEqual(['message', 'compaction']);
      // The turn before the one that sums it up.
      const asked = (state.upstream.chats.at(-2)!.body as { messages: Json[] }).messages;
      expect(asked.map(({ content }) => content)).toEqual(['one', expect.stringContaining(NOTE), 'two']);
    });

    it('should be compacted without a client', async () => {
      const first = await create({ input: 'one' });
      const queued = await create({ input: 'two', previous_response_id: first.id, background: true });
      let ended: ResponseObject | undefined;
      await until(async () => {
        ended = (await getJson(url(`/${queued.id}`))).body as ResponseObject;
        return ended.status === 'completed';
      });
      expect(typesOf(ended!)).toEqual(['message', 'compaction']);
    });

    it('should not be compacted where it is not stored, or says otherwise', async () => {
      const first = await create({ input: 'one' });
      for (const body of [
        { store: false },
        { context_management: [] },
        { context_management: [{ type: 'compaction', compact_threshold: 5_000 }] },
      ])
        expect(typesOf(await create({ input: 'two', previous_response_id: first.id, ...body }))).toEqual([
          'message',
        ]);
    });

    it('should be compacted and gone on from over a WebSocket', async () => {
      const socket = await SocketClient.open(state.url().replace('/v1', ''));
      const context_management = [{ type: 'compaction', compact_threshold: 2_000 }];
      const first = await socket.turn({ model: MODEL, input: 'one', store: false, context_management });
      checkLifecycle(first.events);
      expect(typesOf(first.response as unknown as ResponseObject)).toEqual(['message', 'compaction']);
      await socket.turn({
        model: MODEL,
        input: 'two',
        store: false,
        previous_response_id: (first.response as { id: string }).id,
      });
      expect(lastAsked().map(({ content }) => content)).toEqual([
        'one',
        expect.stringContaining(NOTE),
        'two',
      ]);
      await socket.close();
    });
  });

  describe('a chain that is truncated', () => {
    const state = useState(backend, {
      answer: (request) => {
        const { messages } = (request.body ?? {}) as { messages?: Json[] };
        if (messages && messages.length > 3)
          return { status: 400, body: '{"message": "prompt is too long"}' };
        return answer(request);
      },
    });

    it('should keep everything, and show the model what fits', async () => {
      let previous: string | null = null;
      for (const input of ['one', 'two', 'three', 'four']) {
        const { body } = await postJson(state.url('/responses'), {
          model: MODEL,
          input,
          previous_response_id: previous,
          truncation: 'auto',
        });
        expect(body).toMatchObject({ status: 'completed' });
        previous = (body as { id: string }).id;
      }
      const { messages } = state.upstream.chats.at(-1)!.body as { messages: Json[] };
      expect(messages.at(-1)).toEqual({ role: 'user', content: 'four' });
      expect(messages.length).toBeLessThan(4);
      const { body } = await getJson(state.url(`/responses/${previous}/input_items?order=asc`));
      const { data } = body as { data: { role: string }[] };
      expect(data.map(({ role }) => role)).toEqual([
        'user',
        'assistant',
        'user',
        'assistant',
        'user',
        'assistant',
        'user',
      ]);
    });
  });
});
