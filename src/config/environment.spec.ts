import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** What comes of a file with that text. */
function withFile<T>(text: string, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-secret-'));
  const path = join(folder, 'secret-file');
  writeFileSync(path, text);
  try {
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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
    ['UPSTREAM_BASE_URL', 'http://a:1, http://[::1]:1/v1', 'http://a:1, http://[::1]:1/v1'],
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
    ['CONFIG_FILE', FILE, FILE],
    ['DATABASE_URL', 'none', 'none'],
    ['DATABASE_URL', 'file:/data/gateway.db', 'file:/data/gateway.db'],
    ['REDIS_URL', 'rediss://:secret@redis:6380/1', 'rediss://:secret@redis:6380/1'],
    ['STORE_TTL', '30d', 2_592_000_000],
    ['STORE_TTL', '1s', 1_000],
    ['EVENT_LOG_TTL', '10m', 600_000],
    ['LEASE_MS', '30s', 30_000],
    ['WEBHOOKS_FILE', FILE, FILE],
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
    ['UPSTREAM_BASE_URL', ','],
    ['UPSTREAM_BASE_URL', 'http://a:1,b:2'],
    ['UPSTREAM_BASE_URL', 'http://a:1,http://a:1/v1'],
    ['UPSTREAM_BASE_URL', 'http://a,https://a'],
    ['UPSTREAM_BASE_URL', 'http://user@host'],
    ['UPSTREAM_PASS_AUTHORIZATION', 'maybe'],
    ['UPSTREAM_PRESET', 'ollama2'],
    ['UPSTREAM_CONNECT_TIMEOUT_MS', '0'],
    ['UPSTREAM_FIRST_BYTE_TIMEOUT_MS', '2147483648'],
    ['UPSTREAM_IDLE_TIMEOUT_MS', '5w'],
    ['UPSTREAM_IDLE_TIMEOUT_MS', '30d'],
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
    ['DATABASE_URL', 'data/gateway.db'],
    ['DATABASE_URL', 'mysql://host/db'],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'redis://'],
    ['REDIS_URL', 'redis://host:port'],
    ['STORE_DEFAULT', 'maybe'],
    ['STORE_TTL', '999'],
    ['STORE_TTL', '0'],
    ['STORE_TTL', '-1d'],
    ['STORE_TTL', '1y'],
    ['EVENT_LOG_TTL', '10min'],
    ['BACKGROUND_CONCURRENCY', '0'],
    ['BACKGROUND_QUEUE_LIMIT', '0'],
    ['LEASE_MS', '999ms'],
    ['LEASE_MS', '25d'],
    ['WEBHOOKS_FILE', '/nowhere/webhooks.yaml'],
    ['BODY_LIMIT_BYTES', '0'],
    ['BODY_LIMIT_BYTES', '1tb'],
    ['BODY_LIMIT_BYTES', '0.3k'],
    ['CONFIG_FILE', '/nowhere/gateway.yaml'],
    ['CONFIG_FILE', '/'],
    ['UPSTREAM_API_KEY_FILE', '/nowhere/key'],
    ['ENCRYPTION_KEY_FILE', '/nowhere/key'],
    ['ENCRYPTION_KEY_FILE', FILE],
    ['DATABASE_URL_FILE', '/nowhere/url'],
    ['DATABASE_URL_FILE', FILE],
    ['REDIS_URL_FILE', '/nowhere/url'],
    ['REDIS_URL_FILE', FILE],
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
    expect(problem({ API_KEYS_FILE: '/nowhere', CONFIG_FILE: '/', PORT: 'x' }).split('\n').slice(2)).toEqual([
      '  CONFIG_FILE=/: cannot be read: it is a folder',
      '  API_KEYS_FILE=/nowhere: cannot be read: there is no such file',
    ]);
  });

  it.each([
    ['UPSTREAM_API_KEY', 'key'],
    ['ENCRYPTION_KEY', 'a0'.repeat(32)],
    ['DATABASE_URL', 'memory:'],
    ['REDIS_URL', 'redis://localhost'],
  ])('should refuse %s beside its file', (name, value) => {
    const given = { [name]: value, [`${name}_FILE`]: FILE };
    expect(problem(given)).toBe(
      `Invalid environment:\n  ${name}_FILE: must not be set together with ${name}`,
    );
  });

  it.each([
    ['ENCRYPTION_KEY', 'a0'.repeat(32)],
    ['DATABASE_URL', 'postgres://gateway:secret@db:5432/gateway'],
    ['REDIS_URL', 'rediss://:secret@redis:6380/1'],
  ] as const)('should take %s out of a file, without what ends its line', (name, value) => {
    expect(withFile(`${value}\r\n`, (path) => parseEnvironment({ [`${name}_FILE`]: path })[name])).toBe(
      value,
    );
  });

  it('should not show what is in a file', () => {
    const message = withFile('mysql://user:secret@db', (path) => problem({ DATABASE_URL_FILE: path }));
    expect(message).toMatch(
      /^Invalid environment:\n {2}DATABASE_URL_FILE=\S+\/secret-file: must be file:<path>/,
    );
    expect(message).not.toContain('mysql');
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
    ['http://host,http://bob:hunter2@other', 'http://host,http://(hidden)@other'],
  ])('should not show the credentials in %s', (url, shown) => {
    expect(problem({ UPSTREAM_BASE_URL: url })).toBe(
      `Invalid environment:\n  UPSTREAM_BASE_URL=${shown}: must be a URL like http://host:23333, without user, password and query, or several, separated by commas`,
    );
  });

  it.each([
    ['DATABASE_URL', 'mysql://bob:hunter2@host/db', 'mysql://(hidden)@host/db', 'file:<path>, postgres://…'],
    ['DATABASE_URL', 'postgres://bob:hunter2@host:x/db', 'postgres://(hidden)@host:x/db', 'file:<path>'],
    ['REDIS_URL', 'http://bob:hunter2@host', 'http://(hidden)@host', 'redis://<host>:<port>'],
  ])('should not show the credentials in %s=%s', (name, url, shown, text) => {
    expect(problem({ [name]: url })).toContain(`\n  ${name}=${shown}: must be ${text}`);
  });

  it('should ask for a parser when the gateway is to parse calls itself', () => {
    expect(problem({ TOOL_CALLS: 'raw' })).toContain('TOOL_CALL_PARSER: must name a parser');
    expect(problem({ TOOL_CALLS: 'raw', TOOL_CALL_PARSER: 'hermes' })).toBe('none');
  });

  it('should name the server that a list of equal ones has twice', () => {
    expect(problem({ UPSTREAM_BASE_URL: 'http://a:1, http://b:1/x, http://b:1/y' })).toContain(
      ': names b:1 twice; CONFIG_FILE can give its servers names',
    );
  });

  it('should not start with MODELS_FILE, and name what it has become', () => {
    expect(problem({ MODELS_FILE: FILE })).toBe(
      'Invalid environment:\n  MODELS_FILE: is now CONFIG_FILE, which takes the same file',
    );
    expect(problem({ MODELS_FILE: '' })).toBe('none');
  });

  it('should list every variable once', () => {
    expect(new Set(ENVIRONMENT_VARIABLES).size).toBe(ENVIRONMENT_VARIABLES.length);
    expect(ENVIRONMENT_VARIABLES).toEqual(
      expect.arrayContaining(['UPSTREAM_BASE_URL', 'API_KEYS', 'NODE_ENV']),
    );
  });
});
