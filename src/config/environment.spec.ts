import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Environment, ENVIRONMENT_VARIABLES, parseEnvironment } from './environment.js';

const FILE = fileURLToPath(import.meta.url);

const problem = (variables: Record<string, unknown>): string => {
  try {
    parseEnvironment(variables);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('parseEnvironment', () => {
  it('should give the defaults for an empty environment', () => {
    expect(parseEnvironment({})).toEqual(new Environment());
    expect(parseEnvironment({})).toMatchObject({ HOST: '127.0.0.1', PORT: 8080, DOCS_ENABLED: true });
  });

  it.each(['', ' ', '\t'])('should take %j for absent', (blank) => {
    const empty = Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, blank]));
    expect(parseEnvironment(empty)).toEqual(new Environment());
  });

  it('should ignore variables of others', () => {
    expect(problem({ PATH: '/bin', HOME: '/root', SIM_SPEED: '1' })).toBe('none');
  });

  it.each<[keyof Environment, string, unknown]>([
    ['HOST', '0.0.0.0', '0.0.0.0'],
    ['HOST', '127', '127'],
    ['PORT', '0', 0],
    ['PORT', '65535', 65_535],
    ['UPSTREAM_BASE_URL', 'http://localhost:23333', 'http://localhost:23333'],
    ['UPSTREAM_BASE_URL', 'https://llm.example.com/v1/', 'https://llm.example.com/v1/'],
    ['UPSTREAM_API_KEY', '12345', '12345'],
    ['UPSTREAM_PRESET', 'vllm', 'vllm'],
    ['UPSTREAM_CONNECT_TIMEOUT_MS', '1', 1],
    ['UPSTREAM_FIRST_BYTE_TIMEOUT_MS', '2147483647', 2_147_483_647],
    ['UPSTREAM_IDLE_TIMEOUT_MS', '2', 2],
    ['UPSTREAM_TOTAL_TIMEOUT_MS', '3', 3],
    ['UPSTREAM_KEEP_ALIVE_MS', '4', 4],
    ['UPSTREAM_MAX_CONNECTIONS', '0', 0],
    ['UPSTREAM_MAX_ANSWER_BYTES', '1024', 1024],
    ['MODELS_CACHE_TTL_MS', '0', 0],
    ['MODEL_ALIASES', 'gpt-5=org/model, b = c', 'gpt-5=org/model, b = c'],
    ['TOOL_CALL_PARSER', 'hermes', 'hermes'],
    ['TOOL_CALLS', 'upstream', 'upstream'],
    ['REASONING_OUTPUT', 'open-responses', 'open-responses'],
    ['MEDIA_HOSTS', 'none', 'none'],
    ['MEDIA_HOSTS', '*, minio:9000, .cdn.example.com', '*, minio:9000, .cdn.example.com'],
    ['MEDIA_MAX_BYTES', '1', 1],
    ['API_KEYS', '007', '007'],
    ['API_KEYS_FILE', FILE, FILE],
    ['UPSTREAM_API_KEY_FILE', FILE, FILE],
    ['MODELS_FILE', FILE, FILE],
    ['BODY_LIMIT_BYTES', '1', 1],
    ['KEEP_ALIVE_INTERVAL_MS', '0', 0],
    ['SHUTDOWN_GRACE_MS', '0', 0],
    ['SHUTDOWN_GRACE_MS', '30s', 30_000],
    ['UPSTREAM_IDLE_TIMEOUT_MS', '500ms', 500],
    ['UPSTREAM_TOTAL_TIMEOUT_MS', '1.5h', 5_400_000],
    ['BODY_LIMIT_BYTES', '32mb', 33_554_432],
    ['MEDIA_MAX_BYTES', '64k', 65_536],
    ['LOG_FORMAT', 'pretty', 'pretty'],
    ['LOG_LEVEL', 'silent', 'silent'],
    ['NODE_ENV', 'production', 'production'],
  ])('should read %s=%s', (name, text, value) => {
    expect(parseEnvironment({ [name]: text })[name]).toBe(value);
  });

  const FLAGS = ['UPSTREAM_PASS_AUTHORIZATION', 'DOCS_ENABLED', 'SIMULATOR_ENABLED'] as const;
  it.each(
    FLAGS.flatMap((name) => [
      ...['true', 'TRUE', '1', 'yes', 'on'].map((text) => [name, text, true] as const),
      ...['false', 'False', '0', 'no', 'off'].map((text) => [name, text, false] as const),
    ]),
  )('should read the flag %s=%s', (name, text, value) => {
    expect(parseEnvironment({ [name]: text })[name]).toBe(value);
  });

  it.each<[keyof Environment, string]>([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', 'http'],
    ['PORT', '8080x'],
    ['UPSTREAM_BASE_URL', 'localhost:23333'],
    ['UPSTREAM_BASE_URL', 'ftp://host'],
    ['UPSTREAM_BASE_URL', 'http://host/v1?key=1'],
    ['UPSTREAM_BASE_URL', 'http://'],
    ['UPSTREAM_PASS_AUTHORIZATION', 'maybe'],
    ['UPSTREAM_PRESET', 'ollama2'],
    ['UPSTREAM_CONNECT_TIMEOUT_MS', '0'],
    ['UPSTREAM_FIRST_BYTE_TIMEOUT_MS', '2147483648'],
    ['UPSTREAM_IDLE_TIMEOUT_MS', '5d'],
    ['UPSTREAM_IDLE_TIMEOUT_MS', '0.5ms'],
    ['UPSTREAM_IDLE_TIMEOUT_MS', '600h'],
    ['UPSTREAM_TOTAL_TIMEOUT_MS', '-1'],
    ['UPSTREAM_KEEP_ALIVE_MS', 'Infinity'],
    ['UPSTREAM_MAX_CONNECTIONS', '-1'],
    ['UPSTREAM_MAX_ANSWER_BYTES', '1023'],
    ['MODELS_CACHE_TTL_MS', 'NaN'],
    ['MODEL_ALIASES', 'a'],
    ['MODEL_ALIASES', 'a=b,'],
    ['MODEL_ALIASES', 'a=b=c'],
    ['TOOL_CALLS', 'both'],
    ['REASONING_OUTPUT', 'on'],
    ['MEDIA_HOSTS', 'https://example.com'],
    ['MEDIA_HOSTS', 'a.com,'],
    ['MEDIA_MAX_BYTES', '0'],
    ['BODY_LIMIT_BYTES', '0'],
    ['BODY_LIMIT_BYTES', '1tb'],
    ['BODY_LIMIT_BYTES', '0.3k'],
    ['MODELS_FILE', '/nowhere/models.yaml'],
    ['MODELS_FILE', '/'],
    ['UPSTREAM_API_KEY_FILE', '/nowhere/key'],
    ['ENCRYPTION_KEY_FILE', '/nowhere/key'],
    ['ENCRYPTION_KEY_FILE', FILE],
    ['LOG_FORMAT', 'text'],
    ['KEEP_ALIVE_INTERVAL_MS', '-1'],
    ['SHUTDOWN_GRACE_MS', '1.5'],
    ['LOG_LEVEL', 'loud'],
    ['DOCS_ENABLED', 'ja'],
    ['SIMULATOR_ENABLED', '2'],
  ])('should name %s when it is %j', (name, text) => {
    expect(problem({ [name]: text })).toMatch(
      new RegExp(`^Invalid environment:\\n {2}${name}=[^\\n]*: [^\\n]+$`),
    );
  });

  it('should show a wrong value as it was given', () => {
    expect(problem({ LOG_LEVEL: 'loud' })).toContain('LOG_LEVEL=loud: must be one of');
    expect(problem({ DOCS_ENABLED: 'ja' })).toContain('DOCS_ENABLED=ja: ');
    expect(problem({ PORT: 'http' })).toContain('PORT=http: ');
  });

  it('should name all wrong variables at once, a line each', () => {
    const lines = problem({ PORT: 'x', LOG_LEVEL: 'y', BODY_LIMIT_BYTES: '0', HOST: 'fine' }).split('\n');
    expect(lines.slice(1).map((line) => line.trim().split('=')[0])).toEqual([
      'PORT',
      'BODY_LIMIT_BYTES',
      'LOG_LEVEL',
    ]);
  });

  it('should say one thing of each, whatever is wrong with it', () => {
    expect(
      problem({ PORT: 'http', BODY_LIMIT_BYTES: 'x', SHUTDOWN_GRACE_MS: '-1', DOCS_ENABLED: 'ja' }),
    ).toBe(
      [
        'Invalid environment:',
        '  PORT=http: must be a whole number from 0 to 65535',
        '  BODY_LIMIT_BYTES=x: must be a size such as 64k, 32mb or 1g, or bytes, 1 or more',
        '  SHUTDOWN_GRACE_MS=-1: must be a duration such as 500ms, 30s, 2m or 1h, or milliseconds, from 0 to 2147483647',
        '  DOCS_ENABLED=ja: must be true or false',
      ].join('\n'),
    );
  });

  it('should name missing files beside all else', () => {
    expect(problem({ API_KEYS_FILE: '/nowhere', MODELS_FILE: '/', PORT: 'x' }).split('\n').slice(2)).toEqual([
      '  MODELS_FILE=/: cannot be read: it is a folder',
      '  API_KEYS_FILE=/nowhere: cannot be read: there is no such file',
    ]);
  });

  it.each(['UPSTREAM_API_KEY', 'ENCRYPTION_KEY'])('should refuse %s beside its file', (name) => {
    const given = { [name]: 'a0'.repeat(32), [`${name}_FILE`]: FILE };
    expect(problem(given)).toBe(
      `Invalid environment:\n  ${name}_FILE: must not be set together with ${name}`,
    );
  });

  it('should take the key of sealed content out of a file, without what ends its line', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'gateway-key-')), 'key');
    writeFileSync(path, `${'a0'.repeat(32)}\r\n`);
    expect(parseEnvironment({ ENCRYPTION_KEY_FILE: path }).ENCRYPTION_KEY).toBe('a0'.repeat(32));
    rmSync(dirname(path), { recursive: true });
  });

  it('should not show the value of a key', () => {
    const message = problem({ ENCRYPTION_KEY: 'too-short-secret', PORT: 'x' });
    expect(message).toContain('ENCRYPTION_KEY=(hidden): ');
    expect(message).not.toContain('too-short-secret');
  });

  it.each([
    ['http://bob:hunter2@host/v1?key=hunter2', 'http://(hidden)@host/v1?(hidden)'],
    ['http://hunter2@host:99999', 'http://(hidden)@host:99999'],
    ['ftp://bob:hunter2@host', 'ftp://(hidden)@host'],
  ])('should not show the credentials in %s', (url, shown) => {
    expect(problem({ UPSTREAM_BASE_URL: url })).toBe(
      `Invalid environment:\n  UPSTREAM_BASE_URL=${shown}: must be a URL address`,
    );
  });

  it('should ask for a parser when the gateway is to parse calls itself', () => {
    expect(problem({ TOOL_CALLS: 'raw' })).toContain('TOOL_CALL_PARSER: must name a parser');
    expect(problem({ TOOL_CALLS: 'raw', TOOL_CALL_PARSER: 'hermes' })).toBe('none');
  });

  it('should list every variable once', () => {
    expect(new Set(ENVIRONMENT_VARIABLES).size).toBe(ENVIRONMENT_VARIABLES.length);
    expect(ENVIRONMENT_VARIABLES).toEqual(
      expect.arrayContaining(['UPSTREAM_BASE_URL', 'API_KEYS', 'NODE_ENV']),
    );
  });
});
