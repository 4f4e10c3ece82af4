import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { chatFrames, chatStream, completion, type UpstreamRequest } from '../support/fake-upstream.js';
import { exchange, getJson, openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { STATE_BACKENDS, useState } from '../support/use-state.js';
import { SocketClient } from '../support/ws-client.js';

const MODEL = 'test-model';
const never = new Promise<never>(() => undefined);

function messagesOf(request: UpstreamRequest | undefined): { role: string; content: unknown }[] {
  return (request?.body as { messages: { role: string; content: unknown }[] }).messages;
}

describe.each(STATE_BACKENDS)('%s', (backend) => {
  const state = useState(backend, {
    answer: ({ path, body, raw }) => {
      if (path.endsWith('/count_tokens')) return { body: JSON.stringify({ input_tokens: raw.length }) };
      if (!path.endsWith('/chat/completions')) return undefined;
      const { stream } = body as { stream?: boolean };
      return stream ? { body: chatStream(['po', 'ng']) } : { body: completion({ content: 'pong' }) };
    },
  });
  const url = (path = ''): string => state.url(`/responses${path}`);

  async function create(body: object, headers = {}): Promise<ResponseObject> {
    const answer = await postJson(url(), { model: MODEL, ...body }, headers);
    expect(answer.body).toMatchObject({ object: 'response' });
    return answer.body as ResponseObject;
  }

  describe('a response', () => {
    it.each([undefined, null, true])('should be kept with store %j, and say so', async (store) => {
      const response = await create({ input: 'ping', ...(store !== undefined && { store }) });
      expect(response.store).toBe(true);
      const { status, body } = await getJson(url(`/${response.id}`));
      expect(status).toBe(200);
      expect(body).toEqual(response);
    });

    it('should not be kept with store: false', async () => {
      const response = await create({ input: 'ping', store: false });
      expect(response.store).toBe(false);
      const { status, body } = await getJson(url(`/${response.id}`));
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: { message: `Response with id '${response.id}' not found.` } });
      const next = await postJson(url(), { model: MODEL, input: 'on', previous_response_id: response.id });
      expect(next.body).toMatchObject({
        error: { code: 'previous_response_not_found', param: 'previous_response_id' },
      });
    });

    it('should be the object of the last event of its stream', async () => {
      const { events } = await postStream(url(), { model: MODEL, input: 'ping', stream: true });
      checkLifecycle(events);
      const last = events.at(-1) as { response: ResponseObject };
      const { body } = await getJson(url(`/${last.response.id}`));
      expect(body).toEqual(last.response);
    });

    it('should be found once its stream has ended, and not before', async () => {
      state.upstream.reply({ chunks: wait(chatFrames(['po'], { finish: null, usage: null, done: false })) });
      const stream = await openStream(url(), { model: MODEL, input: 'ping', stream: true });
      const created = (await stream.next()) as { response: ResponseObject };
      const { status } = await getJson(url(`/${created.response.id}`));
      expect(status).toBe(404);
      stream.destroy();
    });

    it('should be kept as failed where its stream has failed', async () => {
      state.upstream.reply({
        body: chatFrames(['po'], { finish: null, usage: null, done: false }).join(''),
        end: 'destroy',
      });
      const { events } = await postStream(url(), { model: MODEL, input: 'ping', stream: true });
      const last = events.at(-1) as { type: string; response: ResponseObject };
      const { body } = await getJson(url(`/${last.response.id}`));
      expect(body).toEqual(last.response);
    });
  });

  describe('a chain', () => {
    it('should show the model what was said before, and not the instructions of then', async () => {
      const first = await create({ input: 'one', instructions: 'Old.' });
      const second = await create({ input: 'two', previous_response_id: first.id, instructions: 'New.' });
      await create({ input: 'three', previous_response_id: second.id });
      expect(second.previous_response_id).toBe(first.id);
      expect(messagesOf(state.upstream.chats[1])).toEqual([
        { role: 'system', content: 'New.' },
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'pong' },
        { role: 'user', content: 'two' },
      ]);
      expect(messagesOf(state.upstream.chats[2]).map(({ content }) => content)).toEqual([
        'one',
        'pong',
        'two',
        'pong',
        'three',
      ]);
    });

    it('should fork, and go on behind a deleted response', async () => {
      const first = await create({ input: 'one' });
      const left = await create({ input: 'left', previous_response_id: first.id });
      const right = await create({ input: 'right', previous_response_id: first.id });
      expect((await exchange('DELETE', url(`/${first.id}`), undefined)).status).toBe(200);
      await create({ input: 'on', previous_response_id: left.id });
      await create({ input: 'on', previous_response_id: right.id });
      const said = state.upstream.chats
        .slice(3)
        .map((chat) => messagesOf(chat).map(({ content }) => content));
      expect(said).toEqual([
        ['one', 'pong', 'left', 'pong', 'on'],
        ['one', 'pong', 'right', 'pong', 'on'],
      ]);
      const gone = await postJson(url(), { model: MODEL, input: 'x', previous_response_id: first.id });
      expect(gone.body).toMatchObject({ error: { code: 'previous_response_not_found' } });
    });

    it('should name the client’s own input in errors', async () => {
      const first = await create({ input: 'one' });
      const input = [
        { role: 'user', content: 'two' },
        { role: 'oracle', content: 'x' },
      ];
      const { status, body } = await postJson(url(), { model: MODEL, input, previous_response_id: first.id });
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { param: 'input[1].role' } });
    });

    it('should give back the reasoning that the client was not shown', async () => {
      state.upstream.reply({ body: completion({ content: 'pong', reasoning: 'because' }) });
      const first = await create({ input: 'one' }, { 'x-reasoning-output': 'off' });
      expect(first.output).toHaveLength(1);
      await create({ input: 'two', previous_response_id: first.id });
      expect(messagesOf(state.upstream.chats[1])[1]).toMatchObject({
        role: 'assistant',
        content: 'pong',
        reasoning_content: 'because',
      });
      const { body } = await getJson(url(`/${first.id}`));
      expect(body).toEqual(first);
    });

    it('should list the whole input, and each of its items with an id', async () => {
      const first = await create({ input: 'one' });
      const second = await create({
        input: [{ role: 'user', content: 'two' }],
        previous_response_id: first.id,
      });
      const { body } = await getJson(url(`/${second.id}/input_items?order=asc`));
      const { data } = body as { data: { id: string; role: string; content: unknown }[] };
      expect(data.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
      expect(data[2]?.content).toEqual([{ type: 'input_text', text: 'two' }]);
      expect(new Set(data.map(({ id }) => id)).size).toBe(3);
    });
  });

  describe('an item', () => {
    it('should be referred to, as the AI SDK does it from its second step', async () => {
      const first = await create({ input: 'one' });
      const [item] = first.output;
      const input = [
        { role: 'user', content: 'one' },
        { type: 'item_reference', id: item?.id },
        { role: 'user', content: 'two' },
      ];
      await create({ input });
      await create({ input: [{ id: item?.id }, { role: 'user', content: 'three' }] });
      expect(messagesOf(state.upstream.chats[1]).map(({ content }) => content)).toEqual([
        'one',
        'pong',
        'two',
      ]);
      expect(messagesOf(state.upstream.chats[2]).map(({ content }) => content)).toEqual(['pong', 'three']);
    });

    it('should be found from the moment in which the client knows that it is done', async () => {
      const call = { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
      const frames = [
        ...chatFrames(['Let me see.'], { finish: null, usage: null, done: false }),
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }] })}\n\n`,
      ];
      state.upstream.reply({ chunks: wait(frames) });
      const tools = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }];
      const stream = await openStream(url(), { model: MODEL, input: 'ping', stream: true, tools });
      let event = await stream.next();
      while (event && event.type !== 'response.output_item.done') event = await stream.next();
      const { item } = event as { item: { id: string } };
      const referring = await postJson(url(), {
        model: MODEL,
        input: [{ type: 'item_reference', id: item.id }],
      });
      expect(referring.status).toBe(200);
      expect(messagesOf(state.upstream.chats[1])).toEqual([{ role: 'assistant', content: 'Let me see.' }]);
      stream.destroy();
    });

    it.each(['msg_0', '', 'no id\0'])('should not be found under an id that nothing has: %j', async (id) => {
      const { status, body } = await postJson(url(), {
        model: MODEL,
        input: [{ type: 'item_reference', id }],
      });
      expect(status).toBe(404);
      expect(body).toMatchObject({
        error: {
          type: 'invalid_request_error',
          param: 'input',
          message: `Item with id '${id}' not found. (input[0])`,
        },
      });
    });

    it('should not be found where nothing asks to store it, in words that say what to do', async () => {
      const first = await create({ input: 'one', store: false });
      const { status, body } = await postJson(url(), {
        model: MODEL,
        input: [{ type: 'item_reference', id: first.output[0]?.id }],
        store: false,
      });
      expect(status).toBe(404);
      expect(body).toMatchObject({
        error: { message: expect.stringMatching(/ not found\. .*`store`.* \(input\[0\]\)$/) as string },
      });
    });

    it('should be left out where the chain holds it, and refused where it says something else', async () => {
      const first = await create({ input: 'one' });
      const [item] = first.output;
      await create({ input: [item, { role: 'user', content: 'two' }], previous_response_id: first.id });
      expect(messagesOf(state.upstream.chats[1]).map(({ content }) => content)).toEqual([
        'one',
        'pong',
        'two',
      ]);
      const other = { ...item, content: [{ type: 'output_text', text: 'something else', annotations: [] }] };
      const { status, body } = await postJson(url(), {
        model: MODEL,
        input: [other],
        previous_response_id: first.id,
      });
      expect(status).toBe(400);
      expect(body).toMatchObject({
        error: { param: 'input', message: expect.stringMatching(/^Duplicate item found/) as string },
      });
    });
  });

  describe('a conversation', () => {
    async function begin(): Promise<string> {
      const { body } = await postJson(state.url('/conversations'), {
        items: [{ role: 'system', content: 'Be brief.' }],
      });
      return (body as { id: string }).id;
    }

    it.each([
      ['by its id', (id: string): unknown => id],
      ['as an object', (id: string): unknown => ({ id })],
    ])('should be continued %s', async (_how, form) => {
      const id = await begin();
      const first = await create({ input: 'one', conversation: form(id) });
      expect(first.conversation).toEqual({ id });
      await create({ input: 'two', conversation: form(id) });
      expect(messagesOf(state.upstream.chats[1]).map(({ content }) => content)).toEqual([
        'Be brief.',
        'one',
        'pong',
        'two',
      ]);
      const { body } = await getJson(state.url(`/conversations/${id}/items?order=asc`));
      expect((body as { data: { role: string }[] }).data.map(({ role }) => role)).toEqual([
        'system',
        'user',
        'assistant',
        'user',
        'assistant',
      ]);
    });

    it('should have one writer, who frees it however the answer ends', async () => {
      const id = await begin();
      state.upstream.reply({ chunks: wait(chatFrames(['po'], { finish: null, usage: null, done: false })) });
      const stream = await openStream(url(), { model: MODEL, input: 'one', conversation: id, stream: true });
      await stream.next();
      const locked = await postJson(url(), { model: MODEL, input: 'two', conversation: id });
      expect(locked).toMatchObject({
        status: 400,
        body: {
          error: {
            code: 'conversation_locked',
            param: 'conversation',
            message: expect.stringContaining('Please retry in a few seconds.') as string,
          },
        },
      });
      expect((await exchange('DELETE', state.url(`/conversations/${id}`), undefined)).status).toBe(400);
      stream.destroy();
      await state.upstream.waitForAbort();
      let answer = await postJson(url(), { model: MODEL, input: 'two', conversation: id });
      while (answer.status === 400)
        answer = await postJson(url(), { model: MODEL, input: 'two', conversation: id });
      expect(answer.status).toBe(200);
    });

    it.each([{}, { id: null }, { id: 7 }, 7, []])(
      'should be named by an id, not by %j',
      async (conversation) => {
        const { status, body } = await postJson(url(), { model: MODEL, input: 'ping', conversation });
        expect(status).toBe(400);
        expect(body).toMatchObject({ error: { code: 'invalid_request', param: 'conversation' } });
      },
    );

    it.each(['previous_response_id', 'conversation'])(
      'should not repeat a %s of any length',
      async (field) => {
        const { raw } = await postJson(url(), { model: MODEL, input: 'ping', [field]: 'x'.repeat(5_000) });
        expect(raw.length).toBeLessThan(500);
      },
    );

    it('should get nothing of what has failed', async () => {
      const id = await begin();
      state.upstream.reply({ status: 500, body: '{}' });
      expect((await postJson(url(), { model: MODEL, input: 'one', conversation: id })).status).toBe(502);
      const { body } = await getJson(state.url(`/conversations/${id}/items`));
      expect((body as { data: unknown[] }).data).toHaveLength(1);
    });

    it.each([
      ['unknown', 'conv_0', 404, 'conversation'],
      ['no id', 7, 400, 'conversation'],
    ])('should be refused: %s', async (_what, conversation, status, param) => {
      const answer = await postJson(url(), { model: MODEL, input: 'x', conversation });
      expect(answer).toMatchObject({ status, body: { error: { param } } });
    });

    it('should not be continued together with a response', async () => {
      const body = { model: MODEL, input: 'x', conversation: 'conv_1', previous_response_id: 'resp_1' };
      expect(await postJson(url(), body)).toMatchObject({
        status: 400,
        body: {
          error: {
            param: 'previous_response_id',
            message: expect.stringContaining('Mutually exclusive') as string,
          },
        },
      });
    });
  });

  describe('the other endpoints', () => {
    it('should count and compact what is continued', async () => {
      const first = await create({ input: 'one' });
      const alone = await postJson(url('/input_tokens'), { model: MODEL, input: 'two' });
      const chained = await postJson(url('/input_tokens'), {
        model: MODEL,
        input: 'two',
        previous_response_id: first.id,
      });
      const tokens = [alone, chained].map(({ body }) => (body as { input_tokens: number }).input_tokens);
      expect(tokens[1]).toBeGreaterThan(tokens[0]!);
      const compacted = await postJson(url('/compact'), { model: MODEL, previous_response_id: first.id });
      expect(compacted.status).toBe(200);
      expect(
        messagesOf(state.upstream.chats.at(-1))
          .map(({ content }) => content)
          .slice(0, 2),
      ).toEqual(['one', 'pong']);
      expect((compacted.body as { output: { type: string }[] }).output.map(({ type }) => type)).toEqual([
        'message',
        'compaction',
      ]);
    });

    it('should continue any stored response over a WebSocket, and the other way round', async () => {
      const first = await create({ input: 'one' });
      const socket = await SocketClient.open(state.url().replace('/v1', ''));
      const second = await turn(socket, { input: 'two', previous_response_id: first.id });
      expect(second.store).toBe(true);
      await create({ input: 'three', previous_response_id: second.id });
      expect(messagesOf(state.upstream.chats[2]).map(({ content }) => content)).toEqual([
        'one',
        'pong',
        'two',
        'pong',
        'three',
      ]);
      socket.socket.close();
    });

    it('should keep what only the connection knew with the response that continues it', async () => {
      const socket = await SocketClient.open(state.url().replace('/v1', ''));
      const first = await turn(socket, { input: 'one', store: false });
      const second = await turn(socket, { input: 'two', previous_response_id: first.id });
      await create({ input: 'three', previous_response_id: second.id });
      expect(messagesOf(state.upstream.chats[2]).map(({ content }) => content)).toEqual([
        'one',
        'pong',
        'two',
        'pong',
        'three',
      ]);
      socket.socket.close();
    });
  });
});

/** The frames, and then nothing for ever. */
async function* wait(frames: readonly string[]): AsyncGenerator<string> {
  yield* frames;
  await never;
}

async function turn(socket: SocketClient, frame: object): Promise<ResponseObject> {
  const { response } = await socket.turn({ ...frame });
  return response as unknown as ResponseObject;
}
