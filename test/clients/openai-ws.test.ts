import { afterEach, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import OpenAI from 'openai';
import type { ResponsesClientEvent, ResponsesServerEvent } from 'openai/resources/responses/responses';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const KEY = 'sk-test-ws';

describe('ResponsesWS of openai', () => {
  const stack = useStack({ API_KEYS: KEY });
  let client: OpenAI;
  let socket: ResponsesWS;

  beforeEach(async () => {
    client = new OpenAI({ apiKey: KEY, baseURL: stack.gateway.baseUrl });
    socket = new ResponsesWS(client);
    await new Promise((resolve) => socket.socket.on('open', resolve));
  });
  afterEach(() => socket.close());

  /** Sends a turn and collects its events up to the last one. */
  function turn(body: Record<string, unknown>): Promise<ResponsesServerEvent[]> {
    return new Promise((resolve, reject) => {
      const events: ResponsesServerEvent[] = [];
      const listener = (event: ResponsesServerEvent): void => {
        events.push(event);
        if (event.type !== 'response.completed' && event.type !== 'response.failed') return;
        socket.off('event', listener);
        resolve(events);
      };
      socket.on('event', listener);
      socket.once('error', reject);
      socket.send({ type: 'response.create', ...body } as ResponsesClientEvent);
    });
  }

  it('should take a turn and its continuation', async () => {
    stack.upstream.script({ text: 'Paris.' }, { text: 'France.' });
    const first = (await turn({ model: MODEL, input: 'A city?', store: false })).at(-1);
    if (first?.type !== 'response.completed') throw new Error('The turn was not completed.');
    const events = await turn({
      model: MODEL,
      input: 'Its country?',
      previous_response_id: first.response.id,
      store: false,
    });
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { previous_response_id: first.response.id, output: [{ content: [{ text: 'France.' }] }] },
    });
    expect(stack.upstream.requests.at(-1)?.messages).toMatchObject([
      { role: 'user', content: 'A city?' },
      { role: 'assistant', content: 'Paris.' },
      { role: 'user', content: 'Its country?' },
    ]);
  });

  it('should go on from a response that is stored, and have it stored', async () => {
    stack.upstream.script({ text: 'Paris.' }, { text: 'France.' });
    const first = await client.responses.create({ model: MODEL, input: 'A city?' });
    const second = (await turn({ model: MODEL, input: 'Its country?', previous_response_id: first.id })).at(
      -1,
    );
    if (second?.type !== 'response.completed') throw new Error('The turn was not completed.');
    expect(await client.responses.retrieve(second.response.id)).toMatchObject({ output_text: 'France.' });
    expect(stack.upstream.requests.at(-1)?.messages).toHaveLength(3);
  });

  it('should report a response that is not there, and go on', async () => {
    const miss = turn({ model: MODEL, input: 'hi', previous_response_id: 'resp_nobody' });
    await expect(miss).rejects.toThrow("Previous response with id 'resp_nobody' not found.");
    stack.upstream.script({ text: 'Hello.' });
    const events = await turn({ model: MODEL, input: 'hi' });
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
  });
});
