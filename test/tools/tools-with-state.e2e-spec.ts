import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { chatStream, completion, textDelta, toolArguments, toolCallStart } from '../support/fake-upstream.js';
import { exchange, getJson, getStream, openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { useGateway } from '../support/use-gateway.js';
import { SocketClient } from '../support/ws-client.js';
import { kindsOf } from '../support/whole-answers.js';

const { upstream, gateway } = useGateway({
  extensions: [deskModule()],
  environment: { DATABASE_URL: 'memory:', KEEP_ALIVE_INTERVAL_MS: '50' },
  each: true,
});

const WRITE: [name: string, args: string] = ['desk__write', '{"text":"a"}'];
const desk = (options: object = {}) => ({ type: 'mcp', server_label: 'desk', ...options });
const FREE = [desk({ require_approval: 'never' })];
const ASKING = [desk()];
const url = (path = '') => `${gateway.url}/v1/responses${path}`;
const tools = () => gateway.app.get(DeskTools, { strict: false });
const ask = (options: object = {}) => ({ model: 'm', input: 'Do it', tools: FREE, ...options });
const chat = (turn: number) => upstream.chats[turn]?.body as ChatRequest;
const textOfTools = (turn: number) =>
  chat(turn).messages.flatMap((message) => (message.role === 'tool' ? [message.content] : []));
const approve = (id: string, answer = true) => ({
  type: 'mcp_approval_response',
  approval_request_id: id,
  approve: answer,
});

/** For a streamed answer. */
function replyCall(...calls: [name: string, args: string][]): void {
  upstream.reply(
    chatStream(
      calls.flatMap(([name, args], index) => [
        toolCallStart(index, `call_${index}`, name),
        toolArguments(index, args),
      ]),
    ),
  );
}
const replyText = (text: string): void => {
  upstream.reply(chatStream([textDelta(text)]));
};

async function begin(body: object): Promise<ResponseObject> {
  const answer = await postJson(url(), { ...body, background: true });
  expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } });
  return answer.body as ResponseObject;
}

function responseOf(events: readonly ResponseEvent[]): ResponseObject {
  const last = events.at(-1);
  if (!last || !('response' in last)) throw new Error('no terminal event');
  return last.response;
}

async function stream(body: object): Promise<ResponseObject> {
  const { events } = await postStream(url(), { ...body, stream: true });
  checkLifecycle(events);
  return responseOf(events);
}

async function ended(id: string): Promise<ResponseObject> {
  let response!: ResponseObject;
  await until(async () => {
    response = (await getJson(url(`/${id}`))).body as ResponseObject;
    return response.status !== 'queued' && response.status !== 'in_progress';
  });
  if (response.status !== 'cancelled') checkResponse(response);
  return response;
}

/** An answer that asks for a call, and the id of what it asks. */
async function request(options: object = {}): Promise<{ response: ResponseObject; id: string }> {
  replyCall(WRITE);
  const response = await stream(ask({ tools: ASKING, ...options }));
  const asked = response.output.find(({ type }) => type === 'mcp_approval_request');
  if (!asked) throw new Error('nothing was asked for');
  expect(tools().calls).toEqual([]);
  return { response, id: asked.id };
}

describe('tools that the gateway runs, with what it keeps', () => {
  it('should not be listed again in a chain, and their results be remembered', async () => {
    replyCall(WRITE);
    replyText('Done.');
    const first = await stream(ask());
    expect(kindsOf(first)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    replyText('I did.');
    const second = await stream(ask({ input: 'Did you?', previous_response_id: first.id }));
    expect(kindsOf(second)).toEqual(['message']);
    expect(textOfTools(2)).toEqual(['write: a']);
    expect(chat(2).tools?.length).toBe(5);
    replyText('Yes.');
    const third = await stream(ask({ input: 'Sure?', previous_response_id: second.id }));
    expect(kindsOf(third)).toEqual(['message']);
    const stored = (await getJson(url(`/${first.id}`))).body as ResponseObject;
    expect(stored.output).toEqual(first.output);
  });

  it.each([true, false])('should be allowed in a chain: %s', async (allowed) => {
    const { response, id } = await request();
    replyText('So be it.');
    const next = await stream(
      ask({
        tools: ASKING,
        previous_response_id: response.id,
        input: [{ ...approve(id, allowed), reason: 'I say so.' }],
      }),
    );
    expect(kindsOf(next)).toEqual(allowed ? ['mcp_call', 'message'] : ['message']);
    expect(tools().calls.length).toBe(allowed ? 1 : 0);
    expect(textOfTools(1)).toEqual([allowed ? 'write: a' : 'The user refused this call. I say so.']);
    replyText('Well?');
    await stream(ask({ tools: ASKING, previous_response_id: next.id, input: 'And?' }));
    expect(textOfTools(2)).toEqual(textOfTools(1));
  });

  it('should be allowed once', async () => {
    const { response, id } = await request();
    replyText('Written.');
    const answer = ask({ tools: ASKING, previous_response_id: response.id, input: [approve(id)] });
    const next = await stream(answer);
    const again = await postJson(url(), { ...answer, previous_response_id: next.id });
    expect(again).toMatchObject({ status: 400, body: { error: { param: 'input' } } });
    expect(tools().calls.length).toBe(1);
  });

  it('should be allowed by reference to what was asked', async () => {
    const { response, id } = await request();
    replyText('Written.');
    const next = await stream(
      ask({
        tools: ASKING,
        input: [
          { role: 'user', content: 'Do it' },
          ...response.output.map((item) => ({ type: 'item_reference', id: item.id })),
          approve(id),
        ],
      }),
    );
    expect(kindsOf(next)).toEqual(['mcp_call', 'message']);
    expect(next.output[0]).toMatchObject({ approval_request_id: id, output: 'write: a' });
  });

  it('should be allowed in a conversation', async () => {
    const created = await postJson(`${gateway.url}/v1/conversations`, {});
    const conversation = (created.body as { id: string }).id;
    const { id } = await request({ conversation });
    replyText('Written.');
    const next = await stream(ask({ tools: ASKING, conversation, input: [approve(id)] }));
    expect(kindsOf(next)).toEqual(['mcp_call', 'message']);
    replyText('Nothing more.');
    const third = await stream(ask({ tools: ASKING, conversation, input: 'What else?' }));
    expect(kindsOf(third)).toEqual(['message']);
    expect(textOfTools(2)).toEqual(['write: a']);
    const { body } = await getJson(`${gateway.url}/v1/conversations/${conversation}/items?order=asc`);
    expect((body as { data: { type: string }[] }).data.map(({ type }) => type)).toEqual([
      'message',
      'mcp_list_tools',
      'mcp_approval_request',
      'mcp_approval_response',
      'mcp_call',
      'message',
      'message',
      'message',
    ]);
  });

  it('should not be allowed by somebody who continues nothing', async () => {
    const { id } = await request();
    const alone = await postJson(url(), ask({ tools: ASKING, input: [approve(id)] }));
    expect(alone).toMatchObject({ status: 400, body: { error: { param: 'input' } } });
  });

  it('should be run in the background', async () => {
    replyCall(WRITE);
    replyText('Done.');
    const queued = await begin(ask());
    const response = await ended(queued.id);
    expect(response).toMatchObject({ status: 'completed', output_text: 'Done.' });
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
  });

  it('should be asked about and allowed in the background', async () => {
    replyCall(WRITE);
    const { id: first } = await begin(ask({ tools: ASKING }));
    const { output } = await ended(first);
    expect(output.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_approval_request']);
    replyText('Done.');
    const { id: second } = await begin(
      ask({
        tools: ASKING,
        previous_response_id: first,
        input: [approve(output[1]?.id ?? '')],
      }),
    );
    expect(kindsOf(await ended(second))).toEqual(['mcp_call', 'message']);
    expect(tools().calls.length).toBe(1);
  });

  it('should be given up with the background response that is cancelled', async () => {
    replyCall(['desk__hang', '{}']);
    const { id } = await begin(ask());
    await until(() => tools().calls.length === 1);
    await exchange('POST', url(`/${id}/cancel`), {});
    await until(() => tools().abortedCalls === 1);
    expect(await ended(id)).toMatchObject({ status: 'cancelled' });
  });

  it('should be read on in the middle of a call', async () => {
    replyCall(['desk__hang', '{}']);
    const first = await openStream(url(), ask({ background: true, stream: true }));
    const seen: ResponseEvent[] = [];
    while (seen.at(-1)?.type !== 'response.mcp_call_arguments.done') {
      const event = await first.next();
      if (event) seen.push(event);
    }
    first.destroy();
    const { id } = responseOf(seen.slice(0, 1));
    const after = seen.at(-1)?.sequence_number ?? 0;
    const rest = getStream(url(`/${id}?stream=true&starting_after=${after - 1}`));
    await until(() => tools().calls.length === 1);
    expect(tools().abortedCalls).toBe(0);
    await exchange('POST', url(`/${id}/cancel`), {});
    const { events } = await rest;
    expect(events[0]).toEqual(seen.at(-1));
    const whole = await getStream(url(`/${id}?stream=true`));
    expect(whole.events.slice(after)).toEqual(events);
  });

  it('should be run on a WebSocket, with what the connection keeps', async () => {
    const client = await SocketClient.open(gateway.url);
    replyCall(WRITE);
    const first = await client.turn({ input: 'Do it', tools: ASKING, store: false });
    checkLifecycle(first.events);
    const asked = first.response as unknown as ResponseObject;
    expect(kindsOf(asked)).toEqual(['mcp_list_tools', 'mcp_approval_request']);
    replyText('Written.');
    const second = await client.turn({
      input: [approve(asked.output[1]?.id ?? '')],
      tools: ASKING,
      store: false,
      previous_response_id: asked.id,
    });
    expect(second.error).toBeUndefined();
    checkLifecycle(second.events);
    expect(kindsOf(second.response as unknown as ResponseObject)).toEqual(['mcp_call', 'message']);
    expect(textOfTools(1)).toEqual(['write: a']);
    await client.close();
  });

  it('should be warmed up on a WebSocket with a call that is demanded, and none is made', async () => {
    const client = await SocketClient.open(gateway.url);
    const { events, response } = await client.turn({
      generate: false,
      input: 'Do it',
      tools: ASKING,
      tool_choice: { type: 'mcp', server_label: 'desk', name: 'write' },
      store: false,
    });
    checkLifecycle(events);
    expect(response).toMatchObject({ status: 'completed' });
    expect(upstream.chats).toHaveLength(0);
    expect(tools().calls).toHaveLength(0);
    await client.close();
  });

  it.each([false, true])('should not be run twice for one Idempotency-Key (stream: %s)', async (isStream) => {
    const key = { 'idempotency-key': `key ${String(isStream)}` };
    if (isStream) replyCall(WRITE);
    else upstream.reply(completion({ toolCalls: [{ id: 'c', name: WRITE[0], arguments: WRITE[1] }] }));
    if (isStream) replyText('Done.');
    else upstream.reply(completion({ content: 'Done.' }));
    const post = () =>
      isStream ? postStream(url(), ask({ stream: true }), key) : postJson(url(), ask(), key);
    const first = await post();
    const second = await post();
    expect(second.raw).toBe(first.raw);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(tools().calls.length).toBe(1);
    expect(upstream.chats.length).toBe(2);
  });

  it('should be given up when the client leaves, and nothing be kept', async () => {
    replyCall(['desk__hang', '{}']);
    const open = await openStream(url(), ask({ stream: true, store: true }));
    const created = await open.next();
    await until(() => tools().calls.length === 1);
    open.destroy();
    await until(() => tools().abortedCalls === 1);
    const { id } = created && 'response' in created ? created.response : { id: '' };
    expect((await getJson(url(`/${id}`))).status).toBe(404);
    expect(upstream.chats.length).toBe(1);
  });

  it('should keep the connection alive while they run', async () => {
    replyCall(['desk__hang', '{}']);
    const open = await openStream(url(), ask({ stream: true }));
    const reading = open.rest().catch(() => []);
    await until(() => open.seen.comments.length > 2);
    expect(tools().calls.length).toBe(1);
    open.destroy();
    await reading;
    await until(() => tools().abortedCalls === 1);
  });
});
