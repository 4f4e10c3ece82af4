import { request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Injectable,
  Module,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Request } from 'express';
import { createTestApp } from '../support/create-test-app.js';
import { expectEnvelope, type ExpectedError } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  errorBody,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
  streamError,
} from '../support/fake-upstream.js';
import { exchange, getJson, type JsonAnswer, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const UPSTREAM_KEY = 'sk-upstream-key-never-to-be-seen';
const SECRET = 'planted-secret-8231';
const TRACE = `Traceback (most recent call last):\n  File "/opt/py3/lib/serve/openai/api_server.py", line 412, in run\nKeyError: ${SECRET}`;
const TURN = { model: 'test-model', input: 'Hi' };

const BAD_REQUEST = { status: 400, type: 'invalid_request_error' };
const SERVER_ERROR = { type: 'server_error' };

/** Whatever was answered, headers included, must not tell where the model server is or what it said of itself. */
function expectNothingLeaked({ raw, headers }: JsonAnswer, upstream?: FakeUpstream) {
  const bytes = `${JSON.stringify(headers)}\n${raw}`;
  const forbidden = [UPSTREAM_KEY, SECRET, 'Traceback', 'api_server.py', '/opt/py3', 'node_modules', '.ts:'];
  if (upstream) forbidden.push(upstream.url, new URL(upstream.url).host);
  for (const text of forbidden) expect(bytes).not.toContain(text);
  expect(bytes).not.toMatch(/\n\s+at /);
}

describe('errors of the request', () => {
  const { upstream, gateway } = useGateway({
    answer: ({ path }) =>
      path.endsWith('/chat/completions') ? { body: completion({ content: 'fine' }) } : undefined,
  });

  afterEach(() => {
    upstream.requests.length = 0;
  });

  /** A body of `levels` nested levels, the body itself being the first. */
  const nested = (levels: number): string =>
    `{"model":"test-model","input":"Hi","extra":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

  describe('in its body', () => {
    const INVALID_JSON = { ...BAD_REQUEST, code: 'invalid_json' };
    const NOT_JSON_TYPE = { status: 415, type: 'invalid_request_error', code: 'unsupported_media_type' };
    const INVALID_ENCODING = { ...BAD_REQUEST, code: 'invalid_encoding' };
    const INVALID = { ...BAD_REQUEST, code: 'invalid_request' };
    const NOT_AN_OBJECT = { ...INVALID, message: 'The request body must be a JSON object.' };
    const valid = JSON.stringify(TURN);

    it.each<[string, string | Buffer | undefined, Record<string, string>, ExpectedError]>([
      ['a broken object', '{"model": "test-model", ', {}, INVALID_JSON],
      ['text', 'hello', {}, INVALID_JSON],
      ['two objects', `${valid}${valid}`, {}, INVALID_JSON],
      ['a form', 'model=x&input=y', { 'content-type': 'application/x-www-form-urlencoded' }, NOT_JSON_TYPE],
      ['JSON under the name of text', valid, { 'content-type': 'text/plain' }, NOT_JSON_TYPE],
      ['an empty content type', valid, { 'content-type': '' }, NOT_JSON_TYPE],
      ['another charset', valid, { 'content-type': 'application/json; charset=latin1' }, NOT_JSON_TYPE],
      [
        'UTF-16',
        Buffer.from(`${valid.slice(0, -1)},"user":"ÿ"}`, 'utf16le'),
        { 'content-type': 'application/json; charset=utf-16' },
        INVALID_ENCODING,
      ],
      [
        'invalid UTF-8',
        Buffer.concat([Buffer.from('{"model":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]),
        {},
        INVALID_ENCODING,
      ],
      [
        'a cut UTF-8 character',
        Buffer.concat([Buffer.from('"'), Buffer.of(0xe2, 0x82)]),
        {},
        INVALID_ENCODING,
      ],
      ['more than 64 levels', nested(65), {}, INVALID],
      ['a hundred thousand levels', nested(100_000), {}, INVALID],
      ['a list', '[]', {}, NOT_AN_OBJECT],
      ['a string', '"Hi"', {}, NOT_AN_OBJECT],
      ['null', 'null', {}, NOT_AN_OBJECT],
      ['nothing', undefined, {}, { ...BAD_REQUEST, code: 'missing_required_parameter', param: 'model' }],
      ['an unknown encoding', gzipSync(valid), { 'content-encoding': 'x-none' }, NOT_JSON_TYPE],
      ['broken gzip', 'this is not gzip', { 'content-encoding': 'gzip' }, INVALID],
      ['cut gzip', gzipSync(valid).subarray(0, -6), { 'content-encoding': 'gzip' }, INVALID],
    ])('should refuse %s', async (_what, body, headers, expected) => {
      const answer = await exchange('POST', `${gateway.url}/v1/responses`, body, headers);
      expectEnvelope(answer, expected);
      expectNothingLeaked(answer, upstream);
      expect(upstream.requests).toHaveLength(0);
    });

    it('should refuse a body without a content type', async () => {
      expectEnvelope(
        await send(`${gateway.url}/v1/responses`, [valid], { 'content-length': String(valid.length) }),
        NOT_JSON_TYPE,
      );
    });

    it.each<[string, string | Buffer, Record<string, string>]>([
      ['exactly 64 levels', nested(64), {}],
      ['gzip', gzipSync(valid), { 'content-encoding': 'gzip' }],
      ['brotli', brotliCompressSync(valid), { 'content-encoding': 'br' }],
      ['a charset', valid, { 'content-type': 'application/json; charset=UTF-8' }],
      ['a type that is JSON by its suffix', valid, { 'content-type': 'application/vnd.client+json' }],
    ])('should accept %s', async (_what, body, headers) => {
      const { status, body: response } = await postJson(`${gateway.url}/v1/responses`, body, headers);
      expect(status).toBe(200);
      checkResponse(response);
      expect(upstream.chats).toHaveLength(1);
    });
  });

  describe('in its fields', () => {
    const invalid = (param: string | null): ExpectedError => ({
      ...BAD_REQUEST,
      code: 'invalid_request',
      param,
    });
    const unsupported = (param: string): ExpectedError => ({
      ...BAD_REQUEST,
      code: 'unsupported_parameter',
      param,
    });
    const missing: ExpectedError = { ...BAD_REQUEST, code: 'missing_required_parameter', param: 'model' };

    it.each<[Record<string, unknown>, ExpectedError]>([
      [{ model: undefined }, missing],
      [{ model: null }, missing],
      [{ model: '' }, missing],
      [{ model: 7 }, invalid('model')],
      [{ input: undefined }, { ...missing, param: 'input' }],
      [{ input: 5 }, invalid('input')],
      [{ input: [{ type: 5 }] }, invalid('input[0].type')],
      [{ input: [{ type: 'nonsense' }] }, invalid('input')],
      [{ input: [{ role: 'user', content: [{ type: 'x' }] }] }, invalid('input[0].content[0].type')],
      [{ stream: 'true' }, invalid('stream')],
      [{ temperature: 2.1 }, invalid('temperature')],
      [{ temperature: '1' }, invalid('temperature')],
      [{ top_p: -0.1 }, invalid('top_p')],
      [{ top_logprobs: 21 }, invalid('top_logprobs')],
      [{ max_output_tokens: 0 }, invalid('max_output_tokens')],
      [{ max_output_tokens: 1.5 }, invalid('max_output_tokens')],
      [{ tools: {} }, invalid('tools')],
      [{ truncation: 'some' }, invalid('truncation')],
      [{ stop: [1] }, invalid('stop')],
      [{ metadata: 'x' }, invalid('metadata')],
      [{ background: true }, unsupported('background')],
      [
        { previous_response_id: 'resp_1' },
        { ...invalid('previous_response_id'), code: 'previous_response_not_found' },
      ],
      [{ conversation: 'conv_1' }, unsupported('conversation')],
      [{ conversation: { id: 'conv_1' } }, unsupported('conversation')],
      [{ prompt: { id: 'pmpt_1' } }, unsupported('prompt')],
    ])('should name what is wrong in %p', async (fields, expected) => {
      for (const stream of [false, true]) {
        const answer = await postJson(`${gateway.url}/v1/responses`, { ...TURN, stream, ...fields });
        expectEnvelope(answer, expected);
      }
      expect(upstream.chats).toHaveLength(0);
    });

    it('should take null and what it does not know for absent', async () => {
      const { status, headers } = await postJson(`${gateway.url}/v1/responses`, {
        ...TURN,
        temperature: null,
        tools: null,
        background: false,
        previous_response_id: null,
        conversation: null,
        prompt: null,
        novelty: { a: 1 },
      });
      expect(status).toBe(200);
      expect(headers['x-gateway-ignored']).toBe('novelty');
    });

    it('should name a reasoning form that it does not know', async () => {
      const answer = await postJson(`${gateway.url}/v1/responses`, TURN, { 'x-reasoning-output': 'loud' });
      expectEnvelope(answer, invalid('x-reasoning-output'));
    });
  });

  describe('in its address', () => {
    const NOT_FOUND = { status: 404, type: 'not_found_error', code: 'not_found' };
    const NOT_ALLOWED = { status: 405, type: 'invalid_request_error', code: 'method_not_allowed' };

    it.each([
      ['GET', '/nowhere'],
      ['POST', '/v1/moderations'],
      ['GET', '/v1/responses/resp_1'],
      ['GET', '/v1/responses/resp_1/nothing'],
      ['DELETE', '/v1'],
      ['GET', '/docs/nothing'],
      ['GET', '/health'],
    ])('should answer %s %s with not_found', async (method, path) => {
      const answer = await exchange(method, `${gateway.url}${path}`, method === 'POST' ? {} : undefined);
      expectEnvelope(answer, NOT_FOUND);
    });

    it.each([
      ['GET', '/v1/responses', 'POST'],
      ['PUT', '/v1/responses', 'POST'],
      ['DELETE', '/v1/responses', 'POST'],
      ['OPTIONS', '/v1/responses', 'POST'],
      ['GET', '/v1/responses/compact', 'POST'],
      ['DELETE', '/v1/responses/input_tokens', 'POST'],
      ['PUT', '/v1/responses/resp_1', 'GET, DELETE'],
      ['POST', '/v1/responses/resp_1', 'GET, DELETE'],
      ['GET', '/v1/responses/resp_1/cancel', 'POST'],
      ['DELETE', '/v1/responses/resp_1/input_items', 'GET'],
      ['GET', '/v1/conversations', 'POST'],
      ['PUT', '/v1/conversations/conv_1', 'GET, POST, DELETE'],
      ['DELETE', '/v1/conversations/conv_1/items', 'GET, POST'],
      ['PUT', '/v1/conversations/conv_1/items/msg_1', 'GET, DELETE'],
      ['OPTIONS', '/v1/conversations/conv_1/items/msg_1', 'GET, DELETE'],
      ['POST', '/v1/models', 'GET'],
      ['DELETE', '/v1/models/org/model', 'GET'],
      ['GET', '/v1/chat/completions', 'POST'],
      ['PUT', '/v1/completions', 'POST'],
      ['DELETE', '/v1/embeddings', 'POST'],
    ])('should answer %s %s with 405 and the method to use', async (method, path, allow) => {
      const answer = await exchange(method, `${gateway.url}${path}`, method === 'PUT' ? TURN : undefined);
      expectEnvelope(answer, NOT_ALLOWED);
      expect(answer.headers.allow).toBe(allow);
    });

    it.each([
      ['/responses', '/v1/responses'],
      ['//v1/responses', '/v1/responses'],
      ['/v1//responses', '/v1/responses'],
      ['/v1/v1/responses?a=b', '/v1/responses'],
      ['/openai/v1/responses', '/v1/responses'],
      ['//responses//compact/', '/v1/responses/compact'],
    ])('should take POST %s for %s, and read its body once', async (path, own) => {
      const answer = await postJson(gateway.url + path, TURN);
      expect(answer.status).toBe(200);
      const { body } = await postJson(gateway.url + own, TURN);
      expect(Object.keys(answer.body as object)).toEqual(Object.keys(body as object));
      const wrong = await exchange('PUT', gateway.url + path, TURN);
      expectEnvelope(wrong, NOT_ALLOWED);
    });

    it.each(['/models', '//v1/models', '/v1/v1/models', '/models/test-model', '/openai/v1/models'])(
      'should take GET %s for that of /v1',
      async (path) => {
        const { status, body } = await getJson(gateway.url + path);
        expect([status, (body as { object: string }).object]).toEqual([
          200,
          path.endsWith('test-model') ? 'model' : 'list',
        ]);
      },
    );

    it.each([
      ['POST', '/v2/chat/completions', /Responses API: use POST \/v1\/responses\.$/],
      ['POST', '/v1/messages?beta=true', /Responses API: use POST \/v1\/responses\.$/],
      ['POST', '/api/v1/responses', /Use POST \/v1\/responses: the base URL ends in \/v1\.$/],
      ['POST', '/v2/responses/compact', /Use POST \/v1\/responses: the base URL ends in \/v1\.$/],
      ['GET', '/api/models', /Use GET \/v1\/models: the base URL ends in \/v1\.$/],
      ['GET', '/api/v1/conversations', /Use POST \/v1\/conversations: the base URL ends in \/v1\.$/],
      ['GET', '/v1/responses/resp_1/outputs', /^There is no route GET .*\. GET \/ lists the endpoints\.$/],
      ['GET', '/responses/resp_1/input_items', /^Responses and conversations are not stored here: /],
      ['GET', '/nowhere', /^There is no route GET \/nowhere\. GET \/ lists the endpoints\.$/],
      ['GET', `/${'x'.repeat(5_000)}`, /^There is no route GET \/x{99}…\./],
    ])('should say at %s %s what to use instead', async (method, path, message) => {
      const answer = await exchange(method, gateway.url + path, method === 'POST' ? TURN : undefined);
      expectEnvelope(answer, { ...NOT_FOUND, message });
    });

    it('should name the models that there are to one who asks for another', async () => {
      const models = {
        object: 'list',
        data: Array.from({ length: 50 }, (_, index) => ({ id: `model-${index}` })),
      };
      const missing = {
        status: 404,
        body: errorBody(404, 'not_found_error', "The model 'gpt-9' does not exist."),
      };
      const other = await startFakeUpstream(({ path }) =>
        path.endsWith('/models') ? { body: JSON.stringify(models) } : missing,
      );
      const own = await createTestApp({
        environment: { UPSTREAM_BASE_URL: other.url, MODEL_ALIASES: 'mine=model-1' },
      });
      for (const [path, body] of [
        ['/v1/models/gpt-9', undefined],
        ['/v1/responses', TURN],
        ['/v1/responses', { ...TURN, stream: true }],
        ['/v1/responses/compact', TURN],
      ] as const) {
        const answer = await exchange(body ? 'POST' : 'GET', own.url + path, body);
        expectEnvelope(answer, {
          ...NOT_FOUND,
          code: 'model_not_found',
          param: 'model',
          message:
            /^The model 'gpt-9' does not exist\. Available models: model-0, model-1, .*model-19 and 31 more\.$/,
        });
      }
      await other.close();
      await own.close();
    });

    it('should refuse a path that cannot be decoded', async () => {
      expectEnvelope(await getJson(`${gateway.url}/v1/models/%E0%A4%A`), {
        ...BAD_REQUEST,
        code: 'invalid_request',
      });
    });
  });

  describe('in its headers', () => {
    it.each(['abc', 'A-1_2.3:4/5+6=7@8', 'x'.repeat(128)])('should echo the request id %s', async (id) => {
      const good = await postJson(`${gateway.url}/v1/responses`, TURN, { 'x-request-id': id });
      const bad = await postJson(`${gateway.url}/v1/responses`, {}, { 'x-request-id': id });
      const streamed = await postStream(
        `${gateway.url}/v1/responses`,
        { ...TURN, stream: true },
        { 'x-request-id': id },
      );
      for (const { headers } of [good, bad, streamed]) expect(headers['x-request-id']).toBe(id);
      expect(upstream.chats.map(({ headers }) => headers['x-request-id'])).toEqual([id, id]);
    });

    it.each(['', ' ', 'a b', 'a;b', '"x"', '%0d%0aset-cookie:a', 'ü', 'x'.repeat(129), '<script>', 'a, b'])(
      'should give an id of its own for %j',
      async (id) => {
        const { headers } = await postJson(`${gateway.url}/v1/responses`, TURN, { 'x-request-id': id });
        expect(headers['x-request-id']).toMatch(/^req_[0-9a-f]{48}$/);
        expect(upstream.chats[0]?.headers['x-request-id']).toBe(headers['x-request-id']);
      },
    );

    it('should give every request an id of its own', async () => {
      const first = await getJson(`${gateway.url}/health/live`);
      const second = await getJson(`${gateway.url}/health/live`);
      expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id']);
    });

    it.each([
      ['a bare CR', 'x-request-id: a\rset-cookie: evil=1'],
      ['a bare LF', 'x-request-id: a\nx-other: b\n\nset-cookie: evil=1'],
      ['a folded line', 'x-request-id: a\r\n set-cookie: evil=1'],
      ['a NUL', 'x-request-id: a\0set-cookie: evil=1'],
    ])('should not let %s in a request id make a header', async (_what, line) => {
      const text = await talk(
        gateway.url,
        `GET /health/live HTTP/1.1\r\nhost: localhost\r\n${line}\r\nconnection: close\r\n\r\n`,
      );
      expect(text).toMatch(/^HTTP\/1\.1 /);
      expect(text.toLowerCase()).not.toMatch(/^\s*set-cookie/m);
      expect(text).not.toContain('evil');
    });

    it('should not let a field name make a header', async () => {
      const { status, headers, raw } = await postJson(`${gateway.url}/v1/responses`, {
        ...TURN,
        'a\r\nset-cookie: evil=1': 1,
        ünknown: 1,
        good: 1,
      });
      expect(status).toBe(200);
      expect(headers['set-cookie']).toBeUndefined();
      expect(headers['x-gateway-ignored']).toBe('good');
      expect(raw).not.toContain('evil');
    });
  });
});

describe('a body over the limit', () => {
  const LIMIT = 1_000;
  const TOO_LARGE = { status: 413, type: 'invalid_request_error', code: 'request_too_large' };
  const { gateway } = useGateway({
    answer: () => ({ body: completion({ content: 'fine' }) }),
    environment: { BODY_LIMIT_BYTES: String(LIMIT) },
  });

  const bodyOf = (bytes: number): string => {
    const body = JSON.stringify({ ...TURN, user: '' });
    return body.replace('"user":""', `"user":"${'u'.repeat(bytes - body.length)}"`);
  };

  it('should be refused by its content-length', async () => {
    expectEnvelope(await postJson(`${gateway.url}/v1/responses`, bodyOf(LIMIT + 1)), TOO_LARGE);
  });

  it('should be refused without a content-length too', async () => {
    const body = bodyOf(LIMIT + 1);
    const answer = await send(`${gateway.url}/v1/responses`, [body.slice(0, 400), body.slice(400)], {
      'content-type': 'application/json',
    });
    expectEnvelope(answer, TOO_LARGE);
  });

  it('should be refused by what gzip unpacks to', async () => {
    const packed = gzipSync(bodyOf(100_000));
    expect(packed.length).toBeLessThan(LIMIT);
    expectEnvelope(
      await postJson(`${gateway.url}/v1/responses`, packed, { 'content-encoding': 'gzip' }),
      TOO_LARGE,
    );
  });

  it('should be told from one at the limit', async () => {
    const whole = await postJson(`${gateway.url}/v1/responses`, bodyOf(LIMIT));
    const chunked = await send(`${gateway.url}/v1/responses`, [bodyOf(LIMIT)], {
      'content-type': 'application/json',
    });
    expect([whole.status, chunked.status]).toEqual([200, 200]);
  });
});

describe('errors of the model server', () => {
  const { upstream, gateway } = useGateway({ environment: { UPSTREAM_API_KEY: UPSTREAM_KEY } });

  /** The same for a stream and for a whole answer: before the first event both are HTTP errors. */
  async function expectBoth(answer: ScriptedAnswer, expected: ExpectedError): Promise<JsonAnswer[]> {
    const answers: JsonAnswer[] = [];
    for (const stream of [false, true]) {
      upstream.reply(answer);
      const given = await postJson(`${gateway.url}/v1/responses`, { ...TURN, stream });
      expectEnvelope(given, expected);
      expectNothingLeaked(given, upstream);
      answers.push(given);
    }
    return answers;
  }

  const says = (status: number, message: string): ScriptedAnswer => ({
    status,
    body: errorBody(status, 'some_error', message),
  });
  const INVALID = { ...BAD_REQUEST, code: 'invalid_request' };
  const OVERFLOW = { ...BAD_REQUEST, code: 'context_length_exceeded' };
  const FAILED = { ...SERVER_ERROR, status: 502, code: 'upstream_error' };
  const NOT_UNDERSTOOD = { ...SERVER_ERROR, status: 502, code: 'upstream_protocol_error' };
  const UNAUTHORIZED = { ...SERVER_ERROR, status: 502, code: 'upstream_unauthorized' };
  const TIMEOUT = { ...SERVER_ERROR, status: 504, code: 'upstream_timeout' };
  const OVERLOADED = { ...SERVER_ERROR, status: 503, code: 'server_is_overloaded' };

  it.each<[number, string, ExpectedError]>([
    [400, 'temperature must be at most 2', { ...INVALID, message: 'temperature must be at most 2' }],
    [400, 'Input length (900) must be smaller than the model context length (512).', OVERFLOW],
    [401, `Unauthorized: ${UPSTREAM_KEY}`, UNAUTHORIZED],
    [403, `Forbidden for ${UPSTREAM_KEY}`, UNAUTHORIZED],
    [
      404,
      "The model 'x' does not exist.",
      {
        status: 404,
        type: 'not_found_error',
        code: 'model_not_found',
        param: 'model',
        message: "The model 'x' does not exist. Available models: test-model.",
      },
    ],
    [408, 'Too slow', TIMEOUT],
    [409, 'Conflict', FAILED],
    [413, 'Body too large', INVALID],
    [413, 'This prompt is too long for the maximum context', OVERFLOW],
    [422, 'Unprocessable', INVALID],
    [429, 'Too many', { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' }],
    [500, TRACE, FAILED],
    [500, 'maximum context length is 512', OVERFLOW],
    [502, TRACE, FAILED],
    [503, TRACE, OVERLOADED],
    [504, TRACE, TIMEOUT],
  ])('should hand on a flat %i "%s"', async (status, message, expected) => {
    await expectBoth(says(status, message), expected);
  });

  it.each<[string, ScriptedAnswer, ExpectedError]>([
    [
      "FastAPI's detail",
      { status: 404, body: '{"detail":"Not Found"}' },
      { ...NOT_UNDERSTOOD, message: 'Not Found' },
    ],
    ["FastAPI's detail of a 400", { status: 400, body: '{"detail":"No."}' }, { ...INVALID, message: 'No.' }],
    [
      "FastAPI's list of details",
      {
        status: 422,
        body: '{"detail":[{"loc":["body","messages",0,"role"],"msg":"Field required","input":{"secret":"planted-secret-8231"}}]}',
      },
      { ...INVALID, param: 'input', message: 'Field required' },
    ],
    ['an empty list of details', { status: 422, body: '{"detail":[]}' }, INVALID],
    [
      "OpenAI's envelope",
      {
        status: 400,
        body: '{"error":{"message":"Bad top_k","type":"invalid_request_error","param":"top_k","code":null}}',
      },
      { ...INVALID, param: 'top_k', message: 'Bad top_k' },
    ],
    ['an error that is text', { status: 400, body: '{"error":"Bad"}' }, { ...INVALID, message: 'Bad' }],
    [
      'HTML',
      { status: 502, headers: { 'content-type': 'text/html' }, body: `<html>${TRACE}</html>` },
      FAILED,
    ],
    [
      'HTML of a 400',
      { status: 400, headers: { 'content-type': 'text/html' }, body: `<b>${SECRET}</b>` },
      INVALID,
    ],
    ['an empty 500', { status: 500, body: '' }, FAILED],
    ['an empty 400', { status: 400, body: '' }, INVALID],
    ['an empty 503', { status: 503, body: '' }, OVERLOADED],
    ['a stream with the status 500', { status: 500, body: 'data: {"error":"no"}\n\n' }, FAILED],
    ['a redirect', { status: 307, headers: { location: 'http://elsewhere/' }, body: '' }, FAILED],
    ["the proxy's error", { status: 200, body: `{"error_code":10402,"text":"${SECRET}"}` }, FAILED],
    [
      'a flat error with the status 200',
      { ...says(400, 'Bad'), status: 200 },
      { ...INVALID, message: 'Bad' },
    ],
    ['text with the status 200', { headers: { 'content-type': 'text/plain' }, body: SECRET }, NOT_UNDERSTOOD],
    ['HTML with the status 200', { body: `<html>${SECRET}</html>` }, NOT_UNDERSTOOD],
    ['nothing with the status 200', { body: '' }, NOT_UNDERSTOOD],
    ['cut JSON with the status 200', { body: '{"choices":[{"mess' }, NOT_UNDERSTOOD],
    ['a list', { body: '[]' }, FAILED],
    ['an empty object', { body: '{}' }, FAILED],
    ['null', { body: 'null' }, FAILED],
    [
      'an answer that breaks off',
      { headers: { 'content-length': '900' }, body: '{"choices":[', end: 'destroy' },
      { ...SERVER_ERROR, status: 502, code: 'upstream_incomplete' },
    ],
  ])('should understand %s', async (_what, answer, expected) => {
    await expectBoth(answer, expected);
  });

  it('should say when to come back, in the words of the model server', async () => {
    const answers = await expectBoth(
      { ...says(429, 'Too many'), headers: { 'retry-after': '20' } },
      { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Too many' },
    );
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual(['20', '20']);
  });

  it.each([
    ['429', 'Wed, 21 Oct 2026 07:28:00 GMT'],
    ['429', ''],
    ['503', '-5'],
    ['503', 'soon'],
  ])('should say when to come back where a %s says "%s"', async (status, retryAfter) => {
    upstream.reply({ ...says(Number(status), 'Later'), headers: { 'retry-after': retryAfter } });
    const { status: given, headers } = await postJson(`${gateway.url}/v1/responses`, TURN);
    expect(given).toBe(Number(status));
    expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
  });

  it('should hide addresses, keys and files in what it hands on', async () => {
    const host = new URL(upstream.url).host;
    const message = `Bad: ${upstream.url}/v1 at ${host} with Bearer ${UPSTREAM_KEY} and ${UPSTREAM_KEY} in /opt/py3/lib/api_server.py:412`;
    const [answer] = await expectBoth(says(400, message), INVALID);
    expect(answer?.raw).toContain('Bad: [address]');
  });

  it('should hide a key of any look in what it hands on', async () => {
    const own = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, UPSTREAM_API_KEY: 'plain.looking.key' },
    });
    upstream.reply(says(400, 'You sent plain.looking.key'));
    const answer = await postJson(`${own.url}/v1/responses`, TURN);
    await own.close();
    expectEnvelope(answer, INVALID);
    expect(answer.raw).not.toContain('plain.looking.key');
  });

  it('should fold a stream that comes where a whole answer was asked for', async () => {
    upstream.reply(chatStream(['po', 'ng']));
    const { status, body } = await postJson(`${gateway.url}/v1/responses`, TURN);
    expect(status).toBe(200);
    checkResponse(body);
    expect(body).toMatchObject({ output_text: 'pong', status: 'completed' });
  });

  it('should stream a whole answer that comes where a stream was asked for', async () => {
    upstream.reply(completion({ content: 'pong' }));
    const { status, events } = await postStream(`${gateway.url}/v1/responses`, { ...TURN, stream: true });
    expect(status).toBe(200);
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output_text: 'pong' } });
  });

  it('should not ask twice when a fresh connection is cut before an answer', async () => {
    const own = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
    const before = upstream.chats.length;
    upstream.reply({
      onRequest: () => {
        throw new Error('cut');
      },
    });
    const answer = await postJson(`${own.url}/v1/responses`, TURN);
    await own.close();
    expectEnvelope(answer, { ...SERVER_ERROR, status: 502, code: 'upstream_unreachable' });
    expectNothingLeaked(answer, upstream);
    expect(upstream.chats.length - before).toBe(1);
  });

  describe('in mid-stream', () => {
    const begun = chatFrames(['pon'], { finish: null, usage: null, done: false }).join('');

    it.each<[string, ScriptedAnswer, string]>([
      ['an error', { body: `${begun}${streamError(TRACE).raw ?? ''}data: [DONE]\n\n` }, 'server_error'],
      [
        'an error, and then nothing',
        { body: `${begun}${streamError(TRACE).raw ?? ''}`, end: 'hang' },
        'server_error',
      ],
      [
        'an error of the proxy',
        { body: `${begun}{"error_code":10402,"text":"${SECRET}"}\n\n` },
        'server_error',
      ],
      [
        'a context overflow',
        { body: `${begun}${streamError('maximum context length is 512', 400).raw ?? ''}` },
        'context_length_exceeded',
      ],
      ['a rate limit', { body: `${begun}${streamError('Too many', 429).raw ?? ''}` }, 'rate_limit_exceeded'],
      ['a reset', { body: begun, end: 'reset' }, 'server_error'],
      ['a closed connection', { body: begun, end: 'destroy' }, 'server_error'],
      ['an end without a finish reason', { body: begun }, 'server_error'],
      ['an end inside a line', { body: `${begun}data: {"choi` }, 'server_error'],
      ['a line that is not JSON', { body: `${begun}data: ${SECRET}\n\n`, end: 'hang' }, 'server_error'],
      ['the finish reason error', { body: chatStream(['pon'], { finish: 'error' }) }, 'server_error'],
    ])('should end the stream with error and response.failed after %s', async (_what, answer, code) => {
      upstream.reply(answer);
      const stream = await postStream(`${gateway.url}/v1/responses`, { ...TURN, stream: true });
      expect(stream.status).toBe(200);
      checkLifecycle(stream.events);
      expect(stream.done).toBe(true);
      expect(stream.events.at(-2)).toMatchObject({ type: 'error', code });
      expect(stream.events.at(-1)).toMatchObject({
        type: 'response.failed',
        response: { status: 'failed', error: { code }, output_text: 'pon' },
      });
      expectNothingLeaked(stream, upstream);
    });

    it('should answer a request for a whole answer with an HTTP error', async () => {
      upstream.reply({ body: `${begun}${streamError(TRACE).raw ?? ''}` });
      const answer = await postJson(`${gateway.url}/v1/responses`, TURN);
      expectEnvelope(answer, FAILED);
      expectNothingLeaked(answer, upstream);
    });

    it('should end a stream that fails before its first text the same way', async () => {
      upstream.reply({ body: streamError(TRACE).raw ?? '' });
      const stream = await postStream(`${gateway.url}/v1/responses`, { ...TURN, stream: true });
      checkLifecycle(stream.events);
      expect(stream.events.map(({ type }) => type)).toEqual([
        'response.created',
        'response.in_progress',
        'error',
        'response.failed',
      ]);
      expectNothingLeaked(stream, upstream);
    });
  });
});

describe('a model server that does not answer in time', () => {
  const never = new Promise<never>(() => undefined);
  const TIMEOUT = { ...SERVER_ERROR, status: 504, code: 'upstream_timeout' };
  const begun = chatFrames(['pon'], { finish: null, usage: null, done: false });
  let upstream: FakeUpstream;

  beforeEach(async () => {
    upstream = await startFakeUpstream();
  });
  afterEach(() => upstream.close());

  async function withGateway(
    limits: Record<string, string>,
    use: (url: string) => Promise<void>,
  ): Promise<void> {
    const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...limits } });
    try {
      await use(`${gateway.url}/v1/responses`);
    } finally {
      await gateway.close();
    }
  }

  it.each(['UPSTREAM_FIRST_BYTE_TIMEOUT_MS', 'UPSTREAM_TOTAL_TIMEOUT_MS'])(
    'should be given up when %s is over before its headers',
    async (limit) => {
      await withGateway({ [limit]: '50' }, async (url) => {
        for (const stream of [false, true]) {
          upstream.reply({ delayHeaders: never });
          const answer = await postJson(url, { ...TURN, stream });
          expectEnvelope(answer, TIMEOUT);
          expectNothingLeaked(answer, upstream);
        }
        await upstream.waitForAbort(2);
      });
    },
  );

  it.each(['UPSTREAM_IDLE_TIMEOUT_MS', 'UPSTREAM_TOTAL_TIMEOUT_MS'])(
    'should be given up when %s is over in mid-answer',
    async (limit) => {
      await withGateway({ [limit]: '300' }, async (url) => {
        upstream.reply({ chunks: begun, end: 'hang' });
        const stream = await postStream(url, { ...TURN, stream: true });
        checkLifecycle(stream.events);
        expect(stream.done).toBe(true);
        expect(stream.events.at(-2)).toMatchObject({ type: 'error', code: 'server_error' });
        expect(stream.events.at(-1)).toMatchObject({
          type: 'response.failed',
          response: { output_text: 'pon', error: { message: 'The model server did not answer in time.' } },
        });
        upstream.reply({ chunks: ['{"choices":'], end: 'hang' });
        expectEnvelope(await postJson(url, TURN), TIMEOUT);
        await upstream.waitForAbort(2);
      });
    },
  );

  it('should be told from one that is down', async () => {
    await upstream.close();
    await withGateway({}, async (url) => {
      for (const stream of [false, true]) {
        const answer = await postJson(url, { ...TURN, stream });
        expectEnvelope(answer, { ...SERVER_ERROR, status: 502, code: 'upstream_unreachable' });
        expect(answer.headers['retry-after']).toBe('1');
        expectNothingLeaked(answer, upstream);
      }
    });
  });
});

describe('errors of a deployer’s own code', () => {
  @Injectable()
  class ThrowingGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const { headers } = context.switchToHttp().getRequest<Request>();
      switch (headers['x-throw']) {
        case 'error':
          throw new Error(`${SECRET} in /opt/app/guard.ts:12`);
        case 'string':
          // eslint-disable-next-line @typescript-eslint/only-throw-error
          throw SECRET;
        case 'forbidden':
          throw new ForbiddenException('Not you.');
        case 'teapot':
          throw new HttpException('I am a teapot.', 418);
        case 'broken':
          throw new HttpException(SECRET, 507);
        case 'false':
          return false;
        default:
          return true;
      }
    }
  }

  @Module({ providers: [{ provide: APP_GUARD, useClass: ThrowingGuard }] })
  class ThrowingModule {}

  const { upstream, gateway } = useGateway({ extensions: [ThrowingModule] });

  const DENIED = { status: 403, type: 'permission_error', code: 'permission_denied' };
  const INTERNAL = { ...SERVER_ERROR, status: 500, code: 'server_error' };

  it.each<[string, ExpectedError]>([
    ['error', INTERNAL],
    ['string', INTERNAL],
    ['forbidden', { ...DENIED, message: 'Not you.' }],
    ['false', DENIED],
    [
      'teapot',
      { status: 418, type: 'invalid_request_error', code: 'invalid_request', message: 'I am a teapot.' },
    ],
    ['broken', { ...SERVER_ERROR, status: 507, code: 'server_error' }],
  ])('should become an envelope: %s', async (what, expected) => {
    const answer = await postJson(`${gateway.url}/v1/responses`, TURN, { 'x-throw': what });
    expectEnvelope(answer, expected);
    expectNothingLeaked(answer, upstream);
  });
});

/** Posts pieces one by one with exactly these headers: without a content-length they go out chunked. */
function send(url: string, pieces: string[], headers: Record<string, string>): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const request = openRequest(url, { method: 'POST', agent: false, headers }, (message) => {
      const parts: Buffer[] = [];
      message.on('data', (part: Buffer) => parts.push(part));
      message.on('end', () => {
        const raw = Buffer.concat(parts).toString('utf8');
        const body = JSON.parse(raw) as unknown;
        resolve({ status: message.statusCode ?? 0, headers: message.headers, raw, body });
      });
    });
    request.on('error', reject);
    for (const piece of pieces) request.write(piece);
    request.end();
  });
}

/** Sends bytes over a bare socket and reads until the other side closes. */
function talk(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(text, 'latin1'));
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(Buffer.concat(parts).toString('latin1'));
    });
  });
}
