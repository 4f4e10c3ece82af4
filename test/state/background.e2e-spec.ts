import { setTimeout as pause } from 'node:timers/promises';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { chatFrames, completion } from '../support/fake-upstream.js';
import { exchange, getJson, openStream, postJson, getStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { STATE_BACKENDS, useState } from '../support/use-state.js';
import { SocketClient } from '../support/ws-client.js';

const MODEL = 'test-model';

/** An answer that comes piece by piece, when the test says so. */
function held(pieces: readonly string[]) {
  const frames = chatFrames([...pieces]);
  let next = 0;
  let open: () => void = () => undefined;
  async function* chunks(): AsyncGenerator<string> {
    for (const [index, frame] of frames.entries()) {
      while (index >= next) await new Promise<void>((resolve) => (open = resolve));
      yield frame;
    }
  }
  return {
    chunks: chunks(),
    /** Lets so many frames out, and without a number all. */
    release: (count = frames.length) => {
      next += count;
      open();
    },
  };
}

describe.each(STATE_BACKENDS)('%s', (backend) => {
  const state = useState(backend, {
    environment: { BACKGROUND_CONCURRENCY: '1', BACKGROUND_QUEUE_LIMIT: '2' },
  });
  const url = (path = ''): string => state.url(`/responses${path}`);
  /** Of jobs that are worked on at a time. */
  const workers = backend === 'two replicas' ? 2 : 1;

  async function begin(body: object = {}): Promise<ResponseObject> {
    const answer = await postJson(url(), { model: MODEL, input: 'ping', background: true, ...body });
    expect(answer.status).toBe(200);
    return answer.body as ResponseObject;
  }

  async function retrieve(id: string): Promise<ResponseObject> {
    return (await getJson(url(`/${id}`))).body as ResponseObject;
  }

  async function ended(id: string): Promise<ResponseObject> {
    for (;;) {
      const response = await retrieve(id);
      if (response.status !== 'queued' && response.status !== 'in_progress') return response;
      await pause(5);
    }
  }

  describe('a background response', () => {
    it('should be there at once, and polled to its end', async () => {
      let answer!: () => void;
      const delayHeaders = new Promise<void>((resolve) => (answer = resolve));
      state.upstream.reply({ body: completion({ content: 'pong' }), delayHeaders });
      const queued = await begin();
      expect(queued).toMatchObject({
        status: 'queued',
        background: true,
        store: true,
        output: [],
        usage: null,
        completed_at: null,
      });
      expect(['queued', 'in_progress']).toContain((await retrieve(queued.id)).status);
      answer();
      const response = await ended(queued.id);
      expect(response).toMatchObject({
        id: queued.id,
        status: 'completed',
        output_text: 'pong',
        created_at: queued.created_at,
        background: true,
      });
      const next = await postJson(url(), { model: MODEL, input: 'on', previous_response_id: queued.id });
      expect(next.body).not.toMatchObject({ error: { code: 'previous_response_not_found' } });
    });

    it('should be streamed, and go on without its reader', async () => {
      const { chunks, release } = held(['po', 'ng']);
      state.upstream.reply({ chunks });
      const stream = await openStream(url(), { model: MODEL, input: 'ping', background: true, stream: true });
      const created = (await stream.next()) as { response: ResponseObject };
      expect((await stream.next())?.type).toBe('response.queued');
      stream.destroy();
      release();
      const response = await ended(created.response.id);
      expect(response).toMatchObject({ status: 'completed', output_text: 'pong' });
      const { events, done } = await getStream(url(`/${response.id}?stream=true`));
      checkLifecycle(events, { allowQueued: true });
      expect(done).toBe(true);
      expect((events.at(-1) as { response: ResponseObject }).response).toEqual(response);
    });

    it('should be read on from any event, also while the model still writes', async () => {
      const { chunks, release } = held(['a', 'b', 'c', 'd']);
      state.upstream.reply({ chunks });
      const first = await openStream(url(), { model: MODEL, input: 'ping', background: true, stream: true });
      const { id } = ((await first.next()) as { response: ResponseObject }).response;
      release(2);
      let last = await first.next();
      while (last?.type !== 'response.output_text.delta') last = await first.next();
      first.destroy();
      const reading = getStream(url(`/${id}?stream=true&starting_after=${last.sequence_number}`));
      release();
      const { events } = await reading;
      const whole = await getStream(url(`/${id}?stream=true`));
      checkLifecycle(whole.events, { allowQueued: true });
      expect(events).toEqual(whole.events.slice(last.sequence_number + 1));
      const none = await getStream(url(`/${id}?stream=true&starting_after=${whole.events.length - 1}`));
      expect(none).toMatchObject({ events: [], done: true });
    });

    it('should be answered at once to whoever reads on, also before there is anything new', async () => {
      const { chunks, release } = held(['po', 'ng']);
      state.upstream.reply({ chunks });
      const first = await openStream(url(), { model: MODEL, input: 'ping', background: true, stream: true });
      const { id } = ((await first.next()) as { response: ResponseObject }).response;
      release(1);
      let last = await first.next();
      while (last?.type !== 'response.output_text.delta') last = await first.next();
      first.destroy();
      const answer = await fetch(url(`/${id}?stream=true&starting_after=${last.sequence_number}`));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      release();
      expect(await answer.text()).toContain('response.completed');
    });

    it.each([
      ['that was not streamed', { stream: false }],
      ['that was no background response', { stream: true, background: false }],
    ])('should not be streamed again: one %s', async (_what, body) => {
      state.upstream.reply({
        body: body.stream ? chatFrames(['pong']).join('') : completion({ content: 'pong' }),
      });
      const answer = await postJson(url(), { model: MODEL, input: 'ping', background: true, ...body });
      const id = /resp_\w+/.exec(answer.raw)?.[0] ?? '';
      await ended(id);
      expect(await getJson(url(`/${id}?stream=true`))).toMatchObject({
        status: 400,
        body: { error: { param: 'stream' } },
      });
    });

    it('should be cancelled while it is answered, and the model server with it', async () => {
      const { chunks, release } = held(['po', 'ng']);
      state.upstream.reply({ chunks });
      const stream = await openStream(url(), { model: MODEL, input: 'ping', background: true, stream: true });
      const { id } = ((await stream.next()) as { response: ResponseObject }).response;
      release(1);
      await state.upstream.waitForChat();
      let event: ResponseEvent | undefined;
      do event = await stream.next();
      while (event?.type !== 'response.output_text.delta');
      const cancelled = await postJson(url(`/${id}/cancel`), {});
      expect(cancelled).toMatchObject({ status: 200, body: { id, status: 'cancelled' } });
      await state.upstream.waitForAbort();
      const events = [...stream.seen.events, ...(await stream.rest())];
      expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'cancelled' } });
      expect(await retrieve(id)).toEqual(cancelled.body);
      expect((await postJson(url(`/${id}/cancel`), {})).body).toEqual(cancelled.body);
    });

    it('should be cancelled while it waits', async () => {
      const running = await fillWorkers();
      const waiting = await begin();
      const { body } = await postJson(url(`/${waiting.id}/cancel`), {});
      expect(body).toMatchObject({ status: 'cancelled' });
      for (const id of running) await postJson(url(`/${id}/cancel`), {});
      expect(state.upstream.chats).toHaveLength(workers);
    });

    it('should be refused when too many wait', async () => {
      const ids = await fillWorkers();
      ids.push((await begin()).id, (await begin()).id);
      const refused = await postJson(url(), { model: MODEL, input: 'ping', background: true });
      expect(refused).toMatchObject({ status: 429, body: { error: { code: 'rate_limit_exceeded' } } });
      expect(refused.headers['retry-after']).toBeDefined();
      for (const id of ids) await postJson(url(`/${id}/cancel`), {});
    });

    /** @returns the ids of answers that do not end, of which each worker has one */
    async function fillWorkers(): Promise<string[]> {
      const ids: string[] = [];
      for (let count = 1; count <= workers; count++) {
        state.upstream.reply({ chunks: held(['pong']).chunks });
        ids.push((await begin()).id);
        await state.upstream.waitForChat(count);
      }
      return ids;
    }

    it('should tell of its failure', async () => {
      state.upstream.reply({ status: 500, body: '{}' });
      const { id } = await begin();
      expect(await ended(id)).toMatchObject({
        status: 'failed',
        error: { code: expect.any(String) as string },
      });
      state.upstream.reply({ status: 500, body: '{}' });
      const stream = await openStream(url(), { model: MODEL, input: 'ping', background: true, stream: true });
      const events = await stream.rest();
      checkLifecycle(events, { allowQueued: true });
      expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: { status: 'failed' } });
    });

    it('should be wrong at once where it is wrong', async () => {
      const answer = await postJson(url(), { model: MODEL, input: [{ role: 'oracle' }], background: true });
      expect(answer).toMatchObject({ status: 400, body: { error: { param: 'input[0].role' } } });
    });

    it('should not be deleted while it is answered', async () => {
      const { chunks, release } = held(['pong']);
      state.upstream.reply({ chunks });
      const { id } = await begin();
      expect((await exchange('DELETE', url(`/${id}`), undefined)).status).toBe(400);
      release();
      await postJson(url(`/${id}/cancel`), {});
      expect((await exchange('DELETE', url(`/${id}`), undefined)).status).toBe(200);
    });

    it('should be kept for a while with store: false, and say that it is not stored', async () => {
      state.upstream.reply({ body: completion({ content: 'pong' }) });
      const { id, store } = await begin({ store: false });
      expect(store).toBe(false);
      expect(await ended(id)).toMatchObject({ status: 'completed', store: false });
    });

    it('should append to its conversation, and lock it while it is answered', async () => {
      const { body } = await postJson(state.url('/conversations'), {});
      const conversation = (body as { id: string }).id;
      const { chunks, release } = held(['pong']);
      state.upstream.reply({ chunks });
      const stream = await openStream(url(), {
        model: MODEL,
        input: 'ping',
        background: true,
        stream: true,
        conversation,
      });
      await state.upstream.waitForChat();
      const locked = await postJson(url(), { model: MODEL, input: 'x', conversation });
      expect(locked).toMatchObject({ status: 400, body: { error: { code: 'conversation_locked' } } });
      release();
      await stream.rest();
      const items = await getJson(state.url(`/conversations/${conversation}/items?order=asc`));
      expect((items.body as { data: { role: string }[] }).data.map(({ role }) => role)).toEqual([
        'user',
        'assistant',
      ]);
    });

    it('should be refused over a WebSocket', async () => {
      const socket = await SocketClient.open(state.url().replace('/v1', ''));
      const { error } = await socket.turn({ input: 'ping', background: true });
      expect(error).toMatchObject({ error: { code: 'unsupported_parameter', param: 'background' } });
      await socket.close();
    });

    it('should only be cancelled where it is one', async () => {
      state.upstream.reply({ body: completion({ content: 'pong' }) });
      const { body } = await postJson(url(), { model: MODEL, input: 'ping' });
      const { id } = body as ResponseObject;
      expect(await postJson(url(`/${id}/cancel`), {})).toMatchObject({
        status: 400,
        body: { error: { message: 'Cannot cancel a synchronous response.' } },
      });
    });
  });
});
