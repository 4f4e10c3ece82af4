import { setTimeout as pause } from 'node:timers/promises';
import { Meter } from '../../src/observability/metrics/meter.js';
import { UpstreamEvents } from '../../src/upstreams/upstream-events.js';
import { createTestApp } from '../support/create-test-app.js';
import { chatFrames, chatStream, completion } from '../support/fake-upstream.js';
import { exchange, getJson, openStream, postJson, postStream } from '../support/http-client.js';
import { metricsUrl, Scrape } from '../support/scrape.js';
import { useGateway } from '../support/use-gateway.js';

const MODEL = 'test-model';
const TURN = { model: MODEL, input: 'ping' };
const TOOLS = [{ type: 'function', name: 'search', parameters: { type: 'object', properties: {} } }];
const ANSWERED = { route: '/v1/responses', method: 'POST', model: MODEL, outcome: 'completed' };

const { upstream, gateway } = useGateway({
  each: true,
  environment: {
    METRICS_PORT: '0',
    METRICS_HOST: '127.0.0.1',
    API_KEYS: 'a-key,b-key',
    MAX_IN_FLIGHT: '7',
    DATABASE_URL: 'memory:',
    TOOL_CALL_PARSER: 'hermes',
  },
});
const KEY = { authorization: 'Bearer a-key' };
const responses = (): string => `${gateway.url}/v1/responses`;
const scrape = (): Promise<Scrape> => Scrape.of(metricsUrl(gateway.app));

/** A call is counted when its connection is told of the end, which may be a moment later. */
async function scrapeWhen(isThere: (seen: Scrape) => boolean): Promise<Scrape> {
  for (;;) {
    const seen = await scrape();
    if (isThere(seen)) return seen;
    await pause(5);
  }
}

const counted = (labels: Record<string, string>, count = 1): Promise<Scrape> =>
  scrapeWhen((seen) => seen.value('gateway_requests_total', labels) === count);

describe('the metrics', () => {
  it('should count answers, whole and streamed, by model, caller and outcome', async () => {
    upstream.reply(completion({ content: 'pong' }));
    await postJson(responses(), TURN, KEY);
    upstream.reply(chatStream(['po', 'ng']));
    await postStream(responses(), { ...TURN, stream: true }, KEY);
    const seen = await counted({ ...ANSWERED, status_class: '2xx' }, 2);
    const [tenant = '', ...others] = seen.valuesOf('gateway_requests_total', 'tenant');
    expect(others).toEqual([]);
    expect(tenant).toMatch(/^[0-9a-f]{32}$/);
    expect(seen.text).not.toContain('a-key');
    const chat = { gen_ai_request_model: MODEL, gen_ai_operation_name: 'chat' };
    expect(seen.value('gen_ai_server_request_duration_seconds_count', { ...chat, error_type: '' })).toBe(2);
    expect(seen.value('gen_ai_server_time_to_first_token_seconds_count', chat)).toBe(1);
    for (const gen_ai_token_type of ['input', 'output']) {
      const labels = { ...chat, gen_ai_token_type };
      expect(seen.value('gen_ai_client_token_usage_count', labels)).toBe(2);
      expect(seen.value('gen_ai_client_token_usage_sum', labels)).toBeGreaterThan(0);
    }
  });

  it('should count what was refused, by the code of its error', async () => {
    await postJson(responses(), TURN, { authorization: 'Bearer wrong' });
    await postJson(responses(), { ...TURN, temperature: 'hot' }, KEY);
    await getJson(`${gateway.url}/nowhere`, KEY);
    const seen = await counted({ outcome: 'not_found', route: 'unmatched', status_class: '4xx' });
    expect(seen.value('gateway_requests_total', { outcome: 'invalid_api_key', tenant: '' })).toBe(1);
    expect(seen.value('gateway_requests_total', { route: '/v1/responses', status_class: '4xx' })).toBe(2);
  });

  it('should count failures of the model server, and give made-up models no series', async () => {
    const failing = { status: 404, body: '{"object":"error","message":"no such model","code":404}' };
    for (const model of ['made-up-1', 'made-up-2']) {
      upstream.reply(failing);
      await postJson(responses(), { ...TURN, model }, KEY);
    }
    const seen = await counted({ route: '/v1/responses', status_class: '4xx' }, 2);
    expect(seen.valuesOf('gateway_requests_total', 'model')).not.toContain('made-up-1');
    expect(seen.text).not.toContain('made-up-1');
  });

  it('should tell of a client that has left', async () => {
    upstream.reply({ chunks: chatFrames(['po', 'ng']).slice(0, 2), end: 'hang' });
    const stream = await openStream(responses(), { ...TURN, stream: true }, KEY);
    await stream.next();
    stream.destroy();
    const seen = await counted({ route: '/v1/responses', outcome: 'cancelled' });
    expect(seen.value('gateway_requests_in_flight')).toBe(0);
  });

  it('should tell what is going on while it does', async () => {
    upstream.reply({ chunks: chatFrames(['po', 'ng']).slice(0, 2), end: 'hang' });
    const stream = await openStream(responses(), { ...TURN, stream: true }, KEY);
    await stream.next();
    const seen = await scrape();
    expect(seen.value('gateway_requests_in_flight')).toBe(1);
    expect(seen.value('gateway_requests_in_flight_limit')).toBe(7);
    expect(seen.value('gateway_requests_queued')).toBe(0);
    stream.destroy();
  });

  it('should count tool calls by how they were read', async () => {
    const whole = '<tool_call>{"name": "search", "arguments": {}}</tool_call>';
    for (const content of [whole, '<tool_call>{"name": "search", "arguments": 5}</tool_call>']) {
      upstream.reply(completion({ content }));
      await postJson(responses(), { ...TURN, tools: TOOLS }, KEY);
    }
    const seen = await counted({ route: '/v1/responses' }, 2);
    const calls = (outcome: string): number | undefined =>
      seen.value('gateway_tool_calls_total', { parser: 'hermes', outcome });
    expect([calls('parsed'), calls('left_as_text')]).toEqual([1, 1]);
  });

  it('should count what was ignored, under names that clients cannot make up', async () => {
    upstream.reply(completion({ content: 'pong' }));
    await postJson(responses(), { ...TURN, service_tier: 'flex', made_up: 1, another: 2 }, KEY);
    const seen = await counted(ANSWERED);
    const fields = seen.valuesOf('gateway_ignored_fields_total', 'field');
    expect(fields).toEqual(['other', 'service_tier']);
    expect(seen.value('gateway_ignored_fields_total', { field: 'other' })).toBe(2);
  });

  it('should count a background response once as a request and once as a job', async () => {
    upstream.reply(completion({ content: 'pong' }));
    await postJson(responses(), { ...TURN, background: true }, KEY);
    const seen = await counted({ route: 'background', method: 'JOB', outcome: 'completed' });
    expect(seen.value('gateway_requests_total', { method: 'POST', outcome: 'ok' })).toBe(1);
    expect(seen.value('gateway_jobs_total', { outcome: 'completed' })).toBe(1);
    expect(seen.value('gen_ai_server_request_duration_seconds_count')).toBe(1);
    expect([seen.value('gateway_jobs_running'), seen.value('gateway_jobs_waiting')]).toEqual([0, 0]);
  });

  it('should tell of model servers what those who talk to them say', async () => {
    const events = gateway.app.get(UpstreamEvents);
    const attempt = { upstream: 'one', latencyMs: 20, isRetry: false };
    events.attempts.next({ ...attempt, outcome: 'accepted' });
    events.attempts.next({ ...attempt, outcome: 'upstream_unreachable', isRetry: true });
    events.ejections.next({ upstream: 'two', reason: 'failures' });
    events.states = () => [
      { name: 'one', isUp: true, inFlight: 3 },
      { name: 'two', isUp: false, inFlight: 0 },
    ];
    const seen = await scrape();
    const one = { upstream: 'one' };
    const accepted = { ...one, outcome: 'accepted', retry: 'false' };
    const failed = { ...one, outcome: 'upstream_unreachable', retry: 'true' };
    expect(seen.value('gateway_upstream_attempts_total', accepted)).toBe(1);
    expect(seen.value('gateway_upstream_attempts_total', failed)).toBe(1);
    expect(seen.value('gateway_upstream_response_seconds_count', one)).toBe(1);
    expect(seen.value('gateway_upstream_ejections_total', { upstream: 'two', reason: 'failures' })).toBe(1);
    expect(seen.value('gateway_upstream_up', one)).toBe(1);
    expect(seen.value('gateway_upstream_up', { upstream: 'two' })).toBe(0);
    expect(seen.value('gateway_upstream_in_flight', one)).toBe(3);
  });

  it('should tell of the process and its store', async () => {
    const seen = await scrape();
    expect(seen.valuesOf('gateway_build_info', 'version')).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect(seen.value('gateway_store_up', { part: 'store' })).toBe(1);
    expect(seen.valuesOf('gateway_store_up', 'part')).toEqual(['store']);
    expect(seen.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(seen.value('process_resident_memory_bytes')).toBeGreaterThan(0);
  });
});

describe('the port of the metrics', () => {
  it('should answer a probe, and nothing else', async () => {
    const url = metricsUrl(gateway.app);
    expect((await getJson(`${url}/health/live`)).body).toEqual({ status: 'ok' });
    const { headers } = await getJson(`${url}/metrics`);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const path of ['/', '/v1/models', '/health/ready', '/metrics/x'])
      expect((await getJson(url + path, KEY)).status).toBe(404);
    expect((await exchange('POST', `${url}/metrics`, {})).status).toBe(404);
  });

  it('should not be the port of the API', async () => {
    expect((await getJson(`${gateway.url}/metrics`, KEY)).status).toBe(404);
  });

  it('should be there until the running answers have ended', async () => {
    const patient = await createTestApp({
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        METRICS_PORT: '0',
        METRICS_HOST: '127.0.0.1',
        SHUTDOWN_GRACE_MS: '60000',
      },
    });
    const url = metricsUrl(patient.app);
    upstream.reply({ chunks: chatFrames(['po', 'ng']).slice(0, 2), end: 'hang' });
    const stream = await openStream(`${patient.url}/v1/responses`, { ...TURN, stream: true });
    await stream.next();
    const closed = patient.close();
    expect((await getJson(`${url}/metrics`)).status).toBe(200);
    stream.destroy();
    await closed;
    await expect(getJson(`${url}/metrics`)).rejects.toThrow('ECONNREFUSED');
  });

  it('should stop the start by its variable when it cannot be had', async () => {
    const { port } = new URL(metricsUrl(gateway.app));
    const start = createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, METRICS_PORT: port, METRICS_HOST: '127.0.0.1' },
    });
    await expect(start).rejects.toThrow(`METRICS_PORT=${port}: already in use by another process`);
  });

  it('should not be open unless it is asked for', async () => {
    const plain = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
    expect(() => plain.app.get(Meter)).toThrow();
    await plain.close();
  });
});
