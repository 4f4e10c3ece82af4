import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { completion } from '../support/fake-upstream.js';
import { getJson, postJson } from '../support/http-client.js';
import { until } from '../support/until.js';
import { STATE_BACKENDS, useState } from '../support/use-state.js';
import { createAnswer } from '../support/whole-answers.js';

const desk = (options: object = {}) => ({ type: 'mcp', server_label: 'desk', ...options });
const BODY = { model: 'm', tools: [desk()] };

describe.each(STATE_BACKENDS)('tools that the gateway runs, with %s', (backend) => {
  const gateway = useState(backend, { extensions: [deskModule()] });
  const calls = () => gateway.apps.flatMap(({ app }) => app.get(DeskTools, { strict: false }).calls);
  const post = (body: object) => postJson(gateway.url('/responses'), { ...BODY, ...body });
  const replyCall = () => {
    gateway.upstream.reply(
      completion({ toolCalls: [{ id: 'c', name: 'desk__write', arguments: '{"text":"a"}' }] }),
    );
  };

  const create = (body: object) => createAnswer(gateway.url('/responses'), { ...BODY, ...body });

  it('should have an allowed call made once, however often and wherever it is allowed', async () => {
    replyCall();
    const { id, output } = await create({ input: 'Write' });
    const request = output.find(({ type }) => type === 'mcp_approval_request');
    const allowed = { type: 'mcp_approval_response', approval_request_id: request?.id, approve: true };
    const again = { previous_response_id: id, input: [allowed] };
    for (let time = 0; time < 4; time++) gateway.upstream.reply(completion({ content: 'Written.' }));
    const responses = await Promise.all(Array.from({ length: 4 }, () => create(again)));
    const statuses = responses.map((response) => (response.output[0] as { status?: string }).status);
    expect(statuses.sort()).toEqual(['completed', 'failed', 'failed', 'failed']);
    expect(calls().length).toBe(1);
  });

  it('should run them for an answer in the background, and go on from it elsewhere', async () => {
    replyCall();
    gateway.upstream.reply(completion({ content: 'Written.' }));
    const tools = [desk({ require_approval: 'never' })];
    const begun = await post({ input: 'Write', background: true, tools });
    const { id } = begun.body as ResponseObject;
    let response: Partial<ResponseObject> = {};
    await until(async () => {
      response = (await getJson(gateway.url(`/responses/${id}`))).body as ResponseObject;
      return response.status !== 'queued' && response.status !== 'in_progress';
    });
    expect(response.status).toBe('completed');
    expect(response.output?.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    gateway.upstream.reply(completion({ content: 'Yes.' }));
    await create({ previous_response_id: id, input: 'Sure?', tools });
    const { messages } = gateway.upstream.chats.at(-1)?.body as { messages: { content: unknown }[] };
    expect(messages.map(({ content }) => content)).toContain('write: a');
  });
});
