import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { request } from 'undici';
import { errorInAnswer, errorOfAnswer, errorOfConnection, type AnswerFacts } from './upstream.errors.js';

const flat = (status: number, message: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({ message, type: 'x', code: status, param: null, object: 'error', ...more });

function read(body: string, facts: Partial<AnswerFacts> = {}) {
  const { status, code, message, param, retryAfter, type } = errorOfAnswer(body, { status: 400, ...facts });
  return { status, code, message, param, retryAfter, type };
}

const BAD = { status: 400, code: 'invalid_request', type: 'invalid_request_error' };

describe('the error a model server answers with', () => {
  it.each<[string, string, string, string | null]>([
    ["LMDeploy's flat form", flat(400, 'Bad field.'), 'Bad field.', null],
    ["LMDeploy's flat form with a param", flat(400, 'Bad field.', { param: 'top_p' }), 'Bad field.', 'top_p'],
    [
      "OpenAI's envelope",
      '{"error":{"message":"Bad field.","param":"top_p","code":null}}',
      'Bad field.',
      'top_p',
    ],
    ['an error that is text', '{"error":"Bad field."}', 'Bad field.', null],
    ['a detail that is text', '{"detail":"Bad field."}', 'Bad field.', null],
    [
      'a list of details',
      '{"detail":[{"loc":["body","messages",0,"role"],"msg":"Bad field.","type":"x"},{"msg":"Other."}]}',
      'Bad field.',
      'input',
    ],
    ['an empty list of details', '{"detail":[]}', 'The request is invalid.', null],
    ['a detail without message', '{"detail":[{"loc":["body"]}]}', 'The request is invalid.', null],
    ["the proxy's form", '{"error_code":10402,"text":"Bad field."}', 'Bad field.', null],
    ['HTML', '<html><body>Bad Request</body></html>', 'The request is invalid.', null],
    ['plain text', 'Bad Request', 'The request is invalid.', null],
    [
      'a sentence of plain text',
      'Failed to read the body: missing field `max_tokens` at line 1\n',
      'Failed to read the body: missing field `max_output_tokens` at line 1',
      null,
    ],
    [
      'HTML behind a blank',
      '\n <!DOCTYPE html><p>It was not a good request.',
      'The request is invalid.',
      null,
    ],
    ['JSON that is cut', '{"error":{"message":"It was not a good request', 'The request is invalid.', null],
    ['nothing', '', 'The request is invalid.', null],
    ['JSON null', 'null', 'The request is invalid.', null],
    ['a JSON list', '[1]', 'The request is invalid.', null],
    ['a JSON text', '"oops"', 'The request is invalid.', null],
    ['a message that is an object', '{"message":{}}', 'The request is invalid.', null],
    ['an error of null', '{"error":null,"message":"Bad field."}', 'Bad field.', null],
  ])('should be understood in %s', (_name, body, message, param) => {
    expect(read(body)).toMatchObject({ ...BAD, message, param });
  });

  it.each<[number, number, string]>([
    [400, 400, 'invalid_request'],
    [413, 400, 'invalid_request'],
    [422, 400, 'invalid_request'],
    [401, 502, 'upstream_unauthorized'],
    [403, 502, 'upstream_unauthorized'],
    [404, 404, 'model_not_found'],
    [408, 504, 'upstream_timeout'],
    [429, 429, 'rate_limit_exceeded'],
    [500, 502, 'upstream_error'],
    [502, 502, 'upstream_error'],
    [503, 503, 'server_is_overloaded'],
    [504, 504, 'upstream_timeout'],
    [499, 502, 'upstream_error'],
    [302, 502, 'upstream_error'],
    [418, 502, 'upstream_error'],
  ])('should become, with status %d, a %d %s', (status, becomes, code) => {
    expect(read(flat(status, 'The model is away.'), { status })).toMatchObject({ status: becomes, code });
  });

  it('should be the fault of the caller where the credentials were the callers own', () => {
    expect(read('', { status: 401, callersCredentials: true })).toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    });
    expect(read('', { status: 403, callersCredentials: true })).toMatchObject({ status: 403 });
  });

  it('should not be a missing model where the whole route is missing', () => {
    expect(read('{"detail":"Not Found"}', { status: 404 })).toMatchObject({
      status: 502,
      code: 'upstream_protocol_error',
    });
  });

  it.each([
    'Input length (40970) must be smaller than the model context length (32768).',
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
    'the request exceeds the available context size, try increasing it',
    'Prompt is too long: 9000 tokens > 8192',
    'Requested token count exceeds the model maximum: too many tokens',
  ])('should be told as a full context: %s', (message) => {
    expect(read(flat(400, message))).toMatchObject({ status: 400, code: 'context_length_exceeded', message });
    expect(read(flat(500, message), { status: 500 })).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
  });

  it('should be known by its words where they are plain text', () => {
    expect(read('Internal error: image input is not supported', { status: 500 })).toMatchObject({
      status: 400,
      code: 'unsupported_value',
      param: 'input',
    });
    expect(read("model 'x' was not found", { status: 404 })).toMatchObject({ code: 'model_not_found' });
    expect(read('404 page not found here', { status: 404 })).toMatchObject({
      code: 'upstream_protocol_error',
    });
    expect(read('CUDA error: out of memory', { status: 500 })).toMatchObject({
      code: 'upstream_error',
      message: 'The model server returned an error.',
    });
  });

  it('should hand on how long to wait', () => {
    expect(read('', { status: 429, retryAfter: 7 }).retryAfter).toBe(7);
    expect(read('', { status: 503, retryAfter: 0 }).retryAfter).toBe(0);
    expect(read('', { status: 429 }).retryAfter).toBe(1);
    expect(read('', { status: 400 }).retryAfter).toBeUndefined();
  });

  it('should keep what went wrong within the server for the log', () => {
    const error = errorOfAnswer(flat(500, 'CUDA out of memory at /opt/py/worker.py:7'), { status: 500 });
    expect(error.message).toBe('The model server returned an error.');
    expect(error.toBody().error.message).not.toContain('CUDA');
    expect(String(error.cause)).toContain('CUDA');
  });

  it.each([400, 404, 422, 409])(
    'should not tell with %d where the server is, nor its names of fields',
    (status) => {
      const message = 'max_tokens of messages[0] is bad, says http://10.0.0.7:23333/v1';
      const { message: told } = errorOfAnswer(flat(status, message), { status });
      expect(told).toBe('max_output_tokens of input is bad, says [address]');
      expect(errorInAnswer(JSON.parse(flat(status, message))).message).toBe(told);
    },
  );

  it.each<[string, string | null]>([
    ['max_completion_tokens', 'max_output_tokens'],
    ['messages[3].content', 'input'],
    ['messages.0.role', 'input'],
    ['reasoning_effort', 'reasoning.effort'],
    ['response_format.json_schema.schema', 'text.format.schema'],
    ['tools.0.function.parameters', 'tools[0].parameters'],
    ['top_p', 'top_p'],
    ['http://10.0.0.7:23333', '[address]'],
    ['sk-12345678', '[redacted]'],
    ['own.key', '[redacted]'],
    ['/opt/venv/a.py', '[file]'],
  ])('should name the field %s as the client knows it', (param, told) => {
    const error = errorOfAnswer(flat(400, 'Bad.', { param }), { status: 400, key: 'own.key' });
    expect(error.param).toBe(told);
    expect(errorInAnswer({ message: 'Bad.', code: 400, param }, 'own.key').param).toBe(told);
  });

  it('should be cut to a length that fits a log line', () => {
    expect(read(flat(400, 'x'.repeat(5000))).message).toHaveLength(1000);
  });

  it('should not leave half of an address behind where it is cut', () => {
    const message = `${'x '.repeat(495)}http://10.0.0.7:23333/v1`;
    expect(read(flat(400, message)).message).not.toContain('10.0');
  });
});

describe('an error within an answer', () => {
  it.each<[string, unknown, number, string]>([
    [
      "LMDeploy's",
      { message: 'x', type: 'server_error', code: 500, param: null, object: 'error' },
      502,
      'upstream_error',
    ],
    ['one of status 400', { message: 'Bad.', code: 400 }, 400, 'invalid_request'],
    ['one of status 503', { message: 'x', code: 503 }, 503, 'server_is_overloaded'],
    ["the proxy's", { error_code: 10402, text: 'x' }, 502, 'upstream_error'],
    ['one whose code is text', { message: 'x', code: 'oops' }, 502, 'upstream_error'],
    ['one whose code is no status', { message: 'x', code: 7 }, 502, 'upstream_error'],
    ['text', 'x', 502, 'upstream_error'],
    ['null', null, 502, 'upstream_error'],
    ['a full context', { message: 'maximum context length', code: 400 }, 400, 'context_length_exceeded'],
  ])('should be understood: %s', (_name, error, status, code) => {
    expect(errorInAnswer(error)).toMatchObject({ status, code });
  });
});

describe('a connection that fails', () => {
  it.each<[string | undefined, boolean, string]>([
    ['ECONNREFUSED', false, 'upstream_unreachable'],
    ['ENOTFOUND', false, 'upstream_unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', false, 'upstream_timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', false, 'upstream_timeout'],
    ['UND_ERR_BODY_TIMEOUT', true, 'upstream_timeout'],
    ['ECONNRESET', true, 'upstream_incomplete'],
    ['ECONNRESET', false, 'upstream_unreachable'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', true, 'upstream_incomplete'],
    [undefined, true, 'upstream_incomplete'],
    [undefined, false, 'upstream_unreachable'],
  ])('should be, with %s and an answer begun: %j, told as %s', (code, answered, name) => {
    const cause = Object.assign(new Error('connect 10.0.0.7:23333'), { code });
    const error = errorOfConnection(cause, answered);
    expect(error).toMatchObject({ errorName: name, cause });
    expect(error.message).not.toContain('10.0');
  });

  it.each<[string, string]>([
    [
      'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab',
      'upstream_incomplete',
    ],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcdefgh', 'upstream_protocol_error'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab', 'upstream_incomplete'],
    ['garbage\r\n\r\n', 'upstream_protocol_error'],
    ['HTTP/1.1 200 OK\r\nx-half: ', 'upstream_incomplete'],
  ])('should be told by what undici makes of %j: %s', async (answer, name) => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.end(answer)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const failed = request(`http://127.0.0.1:${port}`).then(({ body }) => body.text());
    const cause: unknown = await failed.catch((error: unknown) => error);
    server.close();
    expect(errorOfConnection(cause as Error, true)).toMatchObject({ errorName: name, cause });
  });
});
