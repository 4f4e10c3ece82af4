import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'expect';
import OpenAI, { BadRequestError } from 'openai';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';
import { WebhookReceiver } from './support/webhook-receiver.ts';

describe('background responses with openai', () => {
  const receiver = new WebhookReceiver();
  before(() => receiver.start());
  const stack = useStack(() => ({ WEBHOOKS_FILE: receiver.file }));
  after(() => receiver.stop());
  let client: OpenAI;

  before(() => {
    client = new OpenAI({ apiKey: 'any', baseURL: stack.gateway.baseUrl });
  });

  /** As OpenAI's guide polls. */
  async function poll(response: Response): Promise<Response> {
    let current = response;
    while (current.status === 'queued' || current.status === 'in_progress') {
      await pause(10);
      current = await client.responses.retrieve(current.id);
    }
    return current;
  }
  /** Starts one with a stream and leaves it behind the first text. */
  async function leave(): Promise<{ id: string; seen: ResponseStreamEvent[] }> {
    const stream = await client.responses.create({
      model: MODEL,
      input: 'count',
      background: true,
      stream: true,
    });
    const seen: ResponseStreamEvent[] = [];
    for await (const event of stream) {
      seen.push(event);
      if (event.type === 'response.output_text.delta') break;
    }
    const [created] = seen;
    return { id: created?.type === 'response.created' ? created.response.id : '', seen };
  }
  async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
    const events: ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    return events;
  }

  it('should be polled', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    stack.upstream.script({ reasoning: 'Hm.', text: 'Hello.', until: told }, { text: 'Bye.' });
    const started = await client.responses.create({ model: MODEL, input: 'Hi', background: true });
    expect(started).toMatchObject({ status: 'queued', output: [], background: true });
    expect((await client.responses.retrieve(started.id)).status).toMatch(/^(?:queued|in_progress)$/);
    tell();
    const ended = await poll(started);
    expect(ended).toMatchObject({ status: 'completed', output_text: 'Hello.' });
    const next = await client.responses.create({
      model: MODEL,
      input: 'Bye',
      previous_response_id: started.id,
    });
    expect(next.output_text).toBe('Bye.');
    expect(stack.upstream.requests[1]?.messages).toHaveLength(3);
  });

  it('should be read on after the connection was lost', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    stack.upstream.script({ text: 'one two three', until: told });
    const { id, seen } = await leave();
    const after = seen.at(-1)?.sequence_number ?? 0;
    const resumed = await client.responses.retrieve(id, { stream: true, starting_after: after });
    tell();
    const rest = await collect(resumed);
    const events = [...seen, ...rest];
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(textOf(events)).toBe('one two three');
    expect(rest.at(-1)).toMatchObject({ type: 'response.completed' });
    expect(await collect(await client.responses.retrieve(id, { stream: true }))).toEqual(events);
  });

  it('should be read on by the stream helper', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    stack.upstream.script({ text: 'one two three', until: told });
    const { id, seen } = await leave();
    const after = seen.at(-1)?.sequence_number ?? 0;
    const snapshots: string[] = [];
    const stream = client.responses
      .stream({ response_id: id, starting_after: after })
      .on('response.output_text.delta', ({ snapshot }) => snapshots.push(snapshot));
    tell();
    expect((await stream.finalResponse()).output_text).toBe('one two three');
    expect(snapshots).toEqual(['one two', 'one two three']);
  });

  it('should be cancelled, and be so again', async () => {
    stack.upstream.script({ text: 'one two', then: 'hang' });
    const { id } = await leave();
    const cancelled = await client.responses.cancel(id);
    expect(cancelled.status).toBe('cancelled');
    await stack.upstream.aborted();
    expect((await client.responses.cancel(id)).status).toBe('cancelled');
    expect((await client.responses.retrieve(id)).status).toBe('cancelled');
  });

  it('should say that one that was not streamed is no stream', async () => {
    stack.upstream.script({ text: 'Hello.' });
    const { id } = await poll(await client.responses.create({ model: MODEL, input: 'Hi', background: true }));
    const error = await failure<BadRequestError>(client.responses.retrieve(id, { stream: true }));
    expect(error).toMatchObject({ status: 400, param: 'stream' });
  });

  it('should be told of by a webhook that the SDK unwraps', async () => {
    stack.upstream.script({ text: 'Hello.' }, { status: 400, message: 'No.' });
    const good = await client.responses.create({ model: MODEL, input: 'Hi', background: true });
    const completed = await receiver.next('response.completed', good.id);
    expect(await client.webhooks.unwrap(completed.body, completed.headers, receiver.secret)).toMatchObject({
      object: 'event',
      type: 'response.completed',
      data: { id: good.id },
    });
    expect((await client.responses.retrieve(good.id)).output_text).toBe('Hello.');
    const bad = await client.responses.create({ model: MODEL, input: 'Hi', background: true });
    const failed = await receiver.next('response.failed', bad.id);
    expect(await client.webhooks.unwrap(failed.body, failed.headers, receiver.secret)).toMatchObject({
      data: { id: bad.id },
    });
    const wrong = `${failed.body} `;
    await failure(client.webhooks.unwrap(wrong, failed.headers, receiver.secret));
  });
});

const textOf = (events: ResponseStreamEvent[]): string =>
  events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
