import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { chatStream, textDelta, toolArguments, toolCallStart } from '../support/fake-upstream.js';
import { openStream, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { useGateway } from '../support/use-gateway.js';

const { upstream, gateway } = useGateway({
  extensions: [deskModule()],
  environment: { MCP_CALL_TIMEOUT_MS: '50', MCP_MAX_TURNS: '3' },
  each: true,
});
const tools = () => gateway.app.get(DeskTools, { strict: false });
const body = (options: object = {}) => ({
  model: 'm',
  input: 'Do it',
  tools: [{ type: 'mcp', server_label: 'desk', require_approval: 'never' }],
  stream: true,
  ...options,
});

function replyCalls(name: string, count = 1): void {
  const calls = Array.from({ length: count }, (_, index) => [
    toolCallStart(index, `call_${index}`, `desk__${name}`),
    toolArguments(index, '{"text":"a"}'),
  ]);
  upstream.reply(chatStream(calls.flat()));
}

async function stream(options?: object): Promise<ResponseObject> {
  const { events } = await postStream(`${gateway.url}/v1/responses`, body(options));
  checkLifecycle(events);
  const last = events.at(-1);
  if (!last || !('response' in last)) throw new Error('no terminal event');
  return last.response;
}

describe('the limits of tools that the gateway runs', () => {
  it('should end a call that takes too long', async () => {
    replyCalls('hang');
    upstream.reply(chatStream([textDelta('Too slow.')]));
    const { output } = await stream();
    expect(output[1]).toMatchObject({ status: 'failed', error: { type: 'http_error', code: 504 } });
    expect(tools().abortedCalls).toBe(1);
  });

  it('should ask the model so often, the last time without tools', async () => {
    replyCalls('echo');
    replyCalls('echo');
    upstream.reply(chatStream([textDelta('Enough.')]));
    expect((await stream()).output_text).toBe('Enough.');
    expect(upstream.chats.map(({ body: chat }) => 'tools' in (chat as object))).toEqual([true, true, false]);
  });

  it('should run 128 calls where the request does not say how many', async () => {
    replyCalls('echo', 130);
    upstream.reply(chatStream([textDelta('Enough.')]));
    const { output, output_text: text } = await stream();
    expect(output.filter(({ type }) => type === 'mcp_call').length).toBe(128);
    expect(tools().calls.length).toBe(128);
    expect(text).toBe('Enough.');
  });
});

describe('calls of one turn', () => {
  const patient = useGateway({ extensions: [deskModule()], each: true });

  it('should run 16 at a time, and none behind a client that leaves', async () => {
    const calls = Array.from({ length: 20 }, (_, index) =>
      toolCallStart(index, `call_${index}`, 'desk__hang'),
    );
    patient.upstream.reply(chatStream(calls));
    const desk = patient.gateway.app.get(DeskTools, { strict: false });
    const open = await openStream(`${patient.gateway.url}/v1/responses`, body());
    await until(() => desk.calls.length === 16);
    open.destroy();
    await until(() => desk.abortedCalls === 16);
    expect(desk.calls.length).toBe(16);
  });
});
