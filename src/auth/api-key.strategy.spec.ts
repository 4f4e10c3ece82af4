import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnvironment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { WatchedFiles } from '../reload/watched-files.service.js';
import { ApiKeyStrategy } from './api-key.strategy.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('ApiKeyStrategy', () => {
  const { logger, lines } = recordingLogger();
  let folder: string;
  let files: WatchedFiles;
  beforeEach(() => {
    files = new WatchedFiles(logger);
    lines.length = 0;
  });
  afterEach(() => {
    files.onApplicationShutdown();
  });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-keys-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const strategy = (variables: Record<string, string>): ApiKeyStrategy =>
    new ApiKeyStrategy(parseEnvironment(variables), files);
  const withText = (text: string): string => {
    const path = join(folder, 'keys');
    writeFileSync(path, text);
    return path;
  };
  const withFile = (text: string): ApiKeyStrategy => strategy({ API_KEYS_FILE: withText(text) });
  const call = (keys: ApiKeyStrategy, authorization?: string) =>
    keys.authenticate({ authorization, header: () => undefined });
  const opens = (keys: ApiKeyStrategy, key: string): boolean => {
    try {
      call(keys, `Bearer ${key}`);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      return false;
    }
  };
  const refusal = (keys: ApiKeyStrategy, authorization?: string): string => {
    try {
      call(keys, authorization);
    } catch (error) {
      return (error as GatewayError).errorName;
    }
    return 'none';
  };

  it('should let everyone in when no key is set', () => {
    expect(call(strategy({}))).toEqual({ id: 'anonymous' });
    expect(call(strategy({ API_KEYS: '' }), 'nonsense')).toEqual({ id: 'anonymous' });
  });

  it('should know each of several plain keys', () => {
    const keys = strategy({ API_KEYS: 'one, two ,,three' });
    expect(['one', 'two', 'three', 'four', 'one,', 'One'].filter((key) => opens(keys, key))).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  it('should know a key by its digest, in either case, and not take the digest for the key', () => {
    const lower = strategy({ API_KEYS: `sha256:${sha256('one')}` });
    const upper = strategy({ API_KEYS: `SHA256:${sha256('one').toUpperCase()}` });
    expect([opens(lower, 'one'), opens(upper, 'one')]).toEqual([true, true]);
    expect(opens(lower, `sha256:${sha256('one')}`)).toBe(false);
    expect(opens(lower, sha256('one'))).toBe(false);
  });

  it('should read a file of keys with comments, blank lines and CRLF', () => {
    const keys = withFile(
      `# all keys\r\none\r\n\r\n  two  # of team two\r\n#five\r\nsha256:${sha256('three')}\r\n#four`,
    );
    expect(['one', 'two', 'three', 'four', '#four', '#five', ''].filter((key) => opens(keys, key))).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  it('should take keys out of both places', () => {
    const path = join(folder, 'both');
    writeFileSync(path, 'filed\n');
    const keys = strategy({ API_KEYS: 'listed', API_KEYS_FILE: path });
    expect([opens(keys, 'listed'), opens(keys, 'filed')]).toEqual([true, true]);
  });

  it('should know the keys that the file holds now', () => {
    const keys = withFile('old\nkept');
    withText('kept\nnew');
    files.reload();
    expect(['old', 'kept', 'new'].filter((key) => opens(keys, key))).toEqual(['kept', 'new']);
    expect(keys.keyCount).toBe(2);
  });

  it('should know of each key in a YAML file whose it is and what it may use', () => {
    const digest = sha256('two');
    const keys = withFile(`
keys:
  - { key: one, id: build, tenant: acme, requestsPerMinute: 3, models: [small] }
  - { sha256: ${digest}, tenant: acme }
  - { key: three }
tenants:
  acme: { tokensPerMinute: 1000, models: [small, large] }
`);
    expect(call(keys, 'Bearer one')).toEqual({
      id: 'build',
      tenant: 'acme',
      limits: { requestsPerMinute: 3 },
      furtherLimits: { limits: { tokensPerMinute: 1_000 }, limitedAs: 'tenant acme' },
      models: ['small'],
    });
    expect(call(keys, 'Bearer two')).toEqual({
      id: `key-${digest.slice(0, 8)}`,
      tenant: 'acme',
      limits: { tokensPerMinute: 1_000 },
      limitedAs: 'tenant acme',
      models: ['small', 'large'],
    });
    expect(call(keys, 'Bearer three')).toEqual({
      id: `key-${sha256('three').slice(0, 8)}`,
      tenant: sha256('three').slice(0, 32),
    });
    // Made once, for all requests.
    expect(call(keys, 'Bearer one')).toBe(call(keys, 'Bearer one'));
    expect(Object.isFrozen(call(keys, 'Bearer one'))).toBe(true);
  });

  it('should refuse a key that has expired, and say so', () => {
    const keys = withFile('- { key: old, expires: 2020-01-01 }\n- { key: new, expires: 2999-01-01 }\n');
    expect(opens(keys, 'new')).toBe(true);
    expect(() => call(keys, 'Bearer old')).toThrow('The API key has expired.');
    expect(refusal(keys, 'Bearer old')).toBe('invalid_api_key');
  });

  it('should not let a key without limits go before the same key with some', () => {
    const path = withText('- { key: one, id: filed, concurrent: 1 }\n');
    const keys = strategy({ API_KEYS: 'one', API_KEYS_FILE: path });
    expect(call(keys, 'Bearer one')).toMatchObject({ id: 'filed', limits: { concurrent: 1 } });
    expect(keys.keyCount).toBe(1);
  });

  it('should take a file of tenants alone only where tokens open the gateway too', () => {
    const tokens = {
      JWT_ISSUER: 'https://id.test',
      JWT_AUDIENCE: 'gateway',
      JWT_JWKS_URL: 'https://id.test/jwks',
    };
    const file = { API_KEYS_FILE: withText('tenants:\n  acme: { concurrent: 1 }\n') };
    expect(strategy({ ...tokens, ...file }).tenantNamed('acme')).toMatchObject({ concurrent: 1 });
    expect(() => strategy(file)).toThrow(/contains no key/);
  });

  it('should keep its keys, and not open, when the file loses all of its own', () => {
    const keys = withFile('one');
    withText('# none');
    files.reload();
    expect(keys.isOpen()).toBe(false);
    expect([opens(keys, 'one'), opens(keys, 'two')]).toEqual([true, false]);
    expect(lines).toEqual([expect.stringMatching(/^error: API_KEYS_FILE=.*: reload failed/)]);
  });

  it.each([
    [undefined, 'missing_api_key'],
    ['', 'missing_api_key'],
    ['Bearer', 'invalid_api_key'],
    ['Bearer ', 'invalid_api_key'],
    ['Bearer  ', 'invalid_api_key'],
    ['one', 'invalid_api_key'],
    ['Basic b25lOg==', 'invalid_api_key'],
    ['Bearer one two', 'invalid_api_key'],
    ['Bearerone', 'invalid_api_key'],
    ['Bearer on', 'invalid_api_key'],
    ['Bearer one1', 'invalid_api_key'],
    ['Bearer one', 'none'],
    ['bearer  one ', 'none'],
    ['BEARER one', 'none'],
  ])('should judge the header %j: %s', (authorization, expected) => {
    expect(refusal(strategy({ API_KEYS: 'one' }), authorization)).toBe(expected);
  });

  it('should name a caller by something stable that is not the key', () => {
    const keys = strategy({ API_KEYS: `secret-key,sha256:${sha256('other-key')}` });
    const first = call(keys, 'Bearer secret-key');
    const digest = sha256('secret-key');
    expect(first).toEqual({ id: `key-${digest.slice(0, 8)}`, tenant: digest.slice(0, 32) });
    expect(call(keys, 'bearer secret-key')).toEqual(first);
    expect(call(keys, 'Bearer other-key')).not.toEqual(first);
  });

  it.each<[string, () => unknown]>([
    ['API_KEYS with no key in it', () => strategy({ API_KEYS: ' , ' })],
    ['an empty file', () => withFile('')],
    ['a file of comments', () => withFile('# nothing\n\n')],
    ['a file that is not there', () => strategy({ API_KEYS_FILE: join(folder, 'missing') })],
    ['a folder', () => strategy({ API_KEYS_FILE: folder })],
  ])('should not start open to everyone with %s', (_what, start) => {
    expect(start).toThrow(/^Invalid environment:\n {2}API_KEYS/);
  });
});
