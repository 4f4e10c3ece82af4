import { before, describe, it } from 'node:test';
import { expect } from 'expect';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import type { Response, ResponseInputItem } from 'openai/resources/responses/responses';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const KEY = 'sk-test-state';
const OTHER_KEY = 'sk-test-other';
const tools = [
  { type: 'function' as const, name: 'now', parameters: { type: 'object', properties: {} }, strict: false },
];

describe('state with openai', () => {
  const stack = useStack({ API_KEYS: `${KEY},${OTHER_KEY}` });
  let client: OpenAI;

  before(() => {
    client = new OpenAI({ apiKey: KEY, baseURL: stack.gateway.baseUrl });
  });

  const sent = () => stack.upstream.requests.at(-1)?.messages;
  const create = (input: string | ResponseInputItem[], more: object = {}) =>
    client.responses.create({ model: MODEL, input, ...more }) as Promise<Response>;

  describe('responses', () => {
    it('should be retrieved as they were, and deleted', async () => {
      stack.upstream.script({ reasoning: 'Hm.', text: 'Hello.', calls: [{ name: 'now', arguments: '' }] });
      const created = await create('Hi', { tools, metadata: { a: 'b' } });
      expect(created).toMatchObject({ store: true });
      expect(plain(await client.responses.retrieve(created.id))).toEqual(plain(created));
      await client.responses.delete(created.id);
      expect(await failure(client.responses.retrieve(created.id))).toBeInstanceOf(NotFoundError);
      expect(await failure(client.responses.delete(created.id))).toBeInstanceOf(NotFoundError);
    });

    it('should be there the moment their stream ends', async () => {
      stack.upstream.script({ text: 'one two' });
      const stream = await client.responses.create({ model: MODEL, input: 'count', stream: true });
      let retrieved: Response | undefined;
      for await (const event of stream) {
        if (event.type !== 'response.completed') continue;
        retrieved = await client.responses.retrieve(event.response.id);
        expect(plain(retrieved)).toEqual(plain(event.response));
      }
      expect(retrieved?.output_text).toBe('one two');
    });

    it('should not be there with store: false, and for nobody else', async () => {
      stack.upstream.script({ text: 'Hello.' }, { text: 'Hello.' });
      const unstored = await create('Hi', { store: false });
      expect(unstored).toMatchObject({ store: false });
      expect(await failure(client.responses.retrieve(unstored.id))).toBeInstanceOf(NotFoundError);
      const stored = await create('Hi');
      const other = new OpenAI({ apiKey: OTHER_KEY, baseURL: stack.gateway.baseUrl });
      expect(await failure(other.responses.retrieve(stored.id))).toBeInstanceOf(NotFoundError);
    });

    it('should list their input in pages', async () => {
      stack.upstream.script({ text: 'All read.' });
      const input = Array.from({ length: 25 }, (_, index) => ({
        role: 'user' as const,
        content: `line ${index}`,
      }));
      const { id } = await create(input);
      const read: string[] = [];
      for await (const item of client.responses.inputItems.list(id, { limit: 10, order: 'asc' }))
        read.push(textOf(item));
      expect(read).toEqual(input.map(({ content }) => content));
      const page = await client.responses.inputItems.list(id, { limit: 2 });
      expect(page.data.map(textOf)).toEqual(['line 24', 'line 23']);
      expect(page.hasNextPage()).toBe(true);
    });

    it('should not be cancelled unless they are in the background', async () => {
      stack.upstream.script({ text: 'Hello.' });
      const { id } = await create('Hi');
      const error = await failure(client.responses.cancel(id));
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error.message).toContain('Cannot cancel a synchronous response.');
    });

    it('should be created once for a key of idempotency', async () => {
      stack.upstream.script({ text: 'Once.' });
      const options = { headers: { 'Idempotency-Key': 'a-key-of-a-client' } };
      const first = await client.responses.create({ model: MODEL, input: 'Hi' }, options);
      const second = await client.responses.create({ model: MODEL, input: 'Hi' }, options);
      expect(plain(second)).toEqual(plain(first));
      expect(stack.upstream.requests).toHaveLength(1);
    });
  });

  describe('previous_response_id', () => {
    it('should carry a loop of tools, streamed and not', async () => {
      stack.upstream.script(
        { reasoning: 'Look.', calls: [{ name: 'now', arguments: '' }] },
        { text: 'Noon.' },
        { text: 'Sure.' },
      );
      const first = await create('Time?', { tools, instructions: 'Be brief.' });
      const call = first.output.find((item) => item.type === 'function_call');
      const second = await client.responses
        .stream({
          model: MODEL,
          previous_response_id: first.id,
          input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: '12:00' }],
          tools,
        })
        .finalResponse();
      expect(second).toMatchObject({ output_text: 'Noon.', previous_response_id: first.id });
      await create('Sure?', { previous_response_id: second.id });
      expect(sent()).toMatchObject([
        { role: 'user', content: 'Time?' },
        { role: 'assistant', reasoning_content: 'Look.', tool_calls: [{ id: call?.call_id }] },
        { role: 'tool', tool_call_id: call?.call_id, content: '12:00' },
        { role: 'assistant', content: 'Noon.' },
        { role: 'user', content: 'Sure?' },
      ]);
      const third = await client.responses.inputItems.list(second.id, { order: 'asc' });
      expect(third.data.map(({ type }) => type)).toEqual([
        'message',
        'reasoning',
        'function_call',
        'function_call_output',
      ]);
    });

    it('should be refused in the words of OpenAI where there is none', async () => {
      const error = await failure<BadRequestError>(create('Hi', { previous_response_id: 'resp_none' }));
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({ code: 'previous_response_not_found', param: 'previous_response_id' });
    });

    it('should be compacted and counted', async () => {
      stack.upstream.script({ text: 'Hello.' }, { text: 'SUMMARY' }, { text: 'Fine.' });
      const { id } = await create('Hi');
      const { output } = await client.responses.compact({ model: MODEL, previous_response_id: id });
      expect(output.map(({ type }) => type)).toEqual(['message', 'compaction']);
      const short = await client.responses.inputTokens.count({ model: MODEL, input: 'x' });
      const long = await client.responses.inputTokens.count({
        model: MODEL,
        input: 'x',
        previous_response_id: id,
      });
      expect(long.input_tokens).toBeGreaterThan(short.input_tokens);
      await create([...(output as ResponseInputItem[]), { role: 'user', content: 'How are you?' }]);
      expect(sent()).toMatchObject([
        { content: 'Hi' },
        { content: expect.stringContaining('SUMMARY') },
        { content: 'How are you?' },
      ]);
    });
  });

  describe('conversations', () => {
    it('should be created, changed, read and deleted', async () => {
      const conversation = await client.conversations.create({
        metadata: { topic: 'a' },
        items: [{ type: 'message', role: 'user', content: 'Hi' }],
      });
      expect(conversation).toMatchObject({ object: 'conversation', metadata: { topic: 'a' } });
      const { id } = conversation;
      expect(await client.conversations.update(id, { metadata: { topic: 'b' } })).toMatchObject({
        metadata: { topic: 'b' },
      });
      expect(plain(await client.conversations.retrieve(id))).toEqual({
        ...plain(conversation),
        metadata: { topic: 'b' },
      });
      const added = await client.conversations.items.create(id, {
        items: [
          { role: 'developer', content: 'Be brief.' },
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go on' }] },
        ],
      });
      expect(added.data).toMatchObject([
        { role: 'developer', status: 'completed', content: [{ type: 'input_text', text: 'Be brief.' }] },
        { role: 'user', status: 'completed' },
      ]);
      const itemId = (added.data[0] as { id: string }).id;
      expect(await client.conversations.items.retrieve(itemId, { conversation_id: id })).toEqual(
        expect.objectContaining({ ...added.data[0] }),
      );
      const left = await client.conversations.items.delete(itemId, { conversation_id: id });
      expect(left).toMatchObject({ id, object: 'conversation' });
      const texts: string[] = [];
      for await (const item of client.conversations.items.list(id, { limit: 1, order: 'asc' }))
        texts.push(textOf(item));
      expect(texts).toEqual(['Hi', 'Go on']);
      expect(await client.conversations.delete(id)).toMatchObject({
        object: 'conversation.deleted',
        deleted: true,
      });
      expect(await failure(client.conversations.retrieve(id))).toBeInstanceOf(NotFoundError);
    });

    it('should hold what is said in them', async () => {
      stack.upstream.script({ reasoning: 'A name.', text: 'Hello Ada.' }, { text: 'Ada.' });
      const { id } = await client.conversations.create();
      const first = await create('I am Ada.', { conversation: id });
      expect(first.conversation).toEqual({ id });
      await client.responses
        .stream({ model: MODEL, input: 'Who am I?', conversation: { id } })
        .finalResponse();
      expect(sent()).toMatchObject([
        { role: 'user', content: 'I am Ada.' },
        { role: 'assistant', reasoning_content: 'A name.', content: 'Hello Ada.' },
        { role: 'user', content: 'Who am I?' },
      ]);
      await client.responses.delete(first.id);
      const { data } = await client.conversations.items.list(id, { order: 'asc' });
      expect(data.map(({ type }) => type)).toEqual(['message', 'reasoning', 'message', 'message', 'message']);
    });

    it('should be locked while a response is written', async () => {
      const { promise: told, resolve: tell } = Promise.withResolvers<void>();
      stack.upstream.script({ text: 'one two', until: told });
      const { id } = await client.conversations.create();
      const stream = await client.responses.create({
        model: MODEL,
        input: 'count',
        conversation: id,
        stream: true,
      });
      let refused: BadRequestError | undefined;
      for await (const event of stream) {
        if (event.type !== 'response.output_text.delta' || refused) continue;
        refused = await failure<BadRequestError>(create('Hi', { conversation: id }));
        tell();
      }
      expect(refused).toMatchObject({ status: 400, code: 'conversation_locked', param: 'conversation' });
      stack.upstream.script({ text: 'Hello.' });
      expect((await create('Hi', { conversation: id })).output_text).toBe('Hello.');
    });
  });
});

/** Without what the SDK adds to an object for the eye alone. */
const plain = (object: object): object => JSON.parse(JSON.stringify(object));

function textOf(item: object): string {
  const { content } = item as { content: string | { text: string }[] };
  return typeof content === 'string' ? content : (content[0]?.text ?? '');
}
