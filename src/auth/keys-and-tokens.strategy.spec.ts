import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { parseEnvironment } from '../config/environment.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { WatchedFiles } from '../reload/watched-files.service.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { KeysAndTokensStrategy } from './keys-and-tokens.strategy.js';
import { TokenVerifier } from './token-verifier.js';

const ISSUER = 'https://id.test/realms/acme';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const jwk = (key: KeyObject, kid: string, alg: string): object => ({
  ...key.export({ format: 'jwk' }),
  kid,
  alg,
  use: 'sig',
});
const KEYS = { keys: [jwk(rsa.publicKey, 'rsa', 'RS256'), jwk(ec.publicKey, 'ec', 'ES256')] };

interface Signing {
  key?: KeyObject | Uint8Array;
  kid?: string;
  alg?: string;
  expires?: string | number;
}

function sign(claims: JWTPayload, signing: Signing = {}): Promise<string> {
  const { key = rsa.privateKey, kid = 'rsa', alg = 'RS256', expires = '5m' } = signing;
  return new SignJWT({ iss: ISSUER, aud: 'gateway', sub: 'user-1', ...claims })
    .setProtectedHeader({ alg, kid })
    .setExpirationTime(expires)
    .sign(key);
}

describe('KeysAndTokensStrategy', () => {
  const { logger } = recordingLogger();
  Object.assign(logger, { debug: () => undefined });
  const files = new WatchedFiles(logger);
  let folder: string;
  let keysPath: string;
  let jwksPath: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-tokens-'));
    keysPath = join(folder, 'keys.yaml');
    jwksPath = join(folder, 'jwks.json');
    writeFileSync(
      keysPath,
      'keys:\n  - { key: a-key }\ntenants:\n  acme: { requestsPerMinute: 5, models: [small] }\n',
    );
    writeFileSync(jwksPath, JSON.stringify(KEYS));
  });
  afterAll(() => {
    files.onApplicationShutdown();
    rmSync(folder, { recursive: true });
  });

  async function open(variables: Record<string, string> = {}): Promise<KeysAndTokensStrategy> {
    const environment = parseEnvironment({
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: 'other, gateway',
      ...(variables.JWT_JWKS_URL === undefined && { JWT_JWKS_FILE: jwksPath }),
      API_KEYS_FILE: keysPath,
      ...variables,
    });
    const tokens = await TokenVerifier.open(environment, files);
    return new KeysAndTokensStrategy(new ApiKeyStrategy(environment, files), tokens, environment, logger);
  }
  const call = (strategy: KeysAndTokensStrategy, bearer?: string) =>
    strategy.authenticate({
      authorization: bearer === undefined ? undefined : `Bearer ${bearer}`,
      header: () => undefined,
    });
  const refusal = async (strategy: KeysAndTokensStrategy, bearer?: string): Promise<GatewayError> => {
    try {
      await call(strategy, bearer);
    } catch (error) {
      return error as GatewayError;
    }
    throw new Error('It was let in.');
  };

  it('should take a token as well as a key', async () => {
    const strategy = await open();
    expect(await call(strategy, await sign({}))).toEqual({ id: 'sub:user-1', tenant: 'sub:user-1' });
    const byOtherKey = await sign({}, { key: ec.privateKey, kid: 'ec', alg: 'ES256' });
    expect(await call(strategy, byOtherKey)).toMatchObject({ id: 'sub:user-1' });
    expect((await call(strategy, 'a-key')).id).toMatch(/^key-/);
    expect(await refusal(strategy, 'no-key')).toMatchObject({ errorName: 'invalid_api_key' });
    expect(await refusal(strategy)).toMatchObject({ errorName: 'missing_api_key' });
  });

  it('should have a token share the limits and models of its tenant', async () => {
    const strategy = await open({ JWT_TENANT_CLAIM: 'org' });
    expect(await call(strategy, await sign({ org: 'acme' }))).toEqual({
      id: 'sub:user-1',
      tenant: 'acme',
      limits: { requestsPerMinute: 5 },
      limitedAs: 'tenant acme',
      models: ['small'],
    });
    expect(await refusal(strategy, await sign({}))).toMatchObject({ message: 'The token is invalid.' });
  });

  it('should not take a subject for the tenant of that name', async () => {
    const caller = await call(await open(), await sign({ sub: 'acme' }));
    expect(caller.tenant).not.toBe('acme');
    expect(caller.limits).toBeUndefined();
  });

  it.each<[JWTPayload, string[]]>([
    [{ models: ['a', 'b'] }, ['a', 'b']],
    [{ models: 'a b' }, ['a', 'b']],
    [{}, []],
    [{ models: 7 }, []],
  ])('should read what a token may use out of %j', async (claims, models) => {
    const strategy = await open({ JWT_MODELS_CLAIM: 'models' });
    expect(await call(strategy, await sign(claims))).toMatchObject({ models });
  });

  it.each<[string, () => Promise<string>]>([
    ['of another issuer', () => sign({ iss: 'https://id.test' })],
    ['for another audience', () => sign({ aud: 'mail' })],
    ['for nobody', () => sign({ aud: undefined })],
    ['of nobody', () => sign({ sub: undefined })],
    ['of an empty subject', () => sign({ sub: '' })],
    ['whose subject is no text', () => sign({ sub: 7 as unknown as string })],
    ['that is not valid yet', () => sign({ nbf: Math.floor(Date.now() / 1_000) + 600 })],
    ['of a stranger’s key', () => sign({}, { key: stranger.privateKey })],
    ['of an unknown key', () => sign({}, { kid: 'none' })],
    [
      'whose secret is the public key',
      () => {
        const key = Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' }));
        return sign({}, { key, alg: 'HS256' });
      },
    ],
    ['that is cut', async () => (await sign({})).slice(0, -10)],
    ['that is none', () => Promise.resolve('one.two.three')],
  ])('should refuse a token %s, and not say why', async (_what, make) => {
    const error = await refusal(await open(), await make());
    expect(error).toMatchObject({
      errorName: 'invalid_api_key',
      message: 'The token is invalid.',
      status: 401,
    });
  });

  it('should refuse a token without a signature', async () => {
    const unsigned = new UnsecuredJWT({ sub: 'user-1' }).setIssuer(ISSUER).setAudience('gateway');
    const token = unsigned.setExpirationTime('5m').encode();
    expect(await refusal(await open(), token)).toMatchObject({ errorName: 'invalid_api_key' });
    expect(await refusal(await open(), `${token}AA`)).toMatchObject({ errorName: 'invalid_api_key' });
  });

  it('should say that a token has expired, and be lenient by what clocks differ', async () => {
    const now = Math.floor(Date.now() / 1_000);
    expect(await refusal(await open(), await sign({}, { expires: now - 60 }))).toMatchObject({
      errorName: 'invalid_api_key',
      message: 'The token has expired.',
    });
    expect(await call(await open(), await sign({}, { expires: now - 5 }))).toBeDefined();
  });

  it('should not let everyone in where there are no keys', async () => {
    const strategy = await open({ API_KEYS_FILE: '' });
    expect(await refusal(strategy, 'anything')).toMatchObject({ errorName: 'invalid_api_key' });
    expect(await refusal(strategy)).toMatchObject({ errorName: 'missing_api_key' });
    expect(await call(strategy, await sign({}))).toBeDefined();
  });

  it('should take the keys over that a file holds now', async () => {
    const strategy = await open();
    writeFileSync(jwksPath, JSON.stringify({ keys: [jwk(stranger.publicKey, 'rsa', 'RS256')] }));
    files.reload();
    expect(await refusal(strategy, await sign({}))).toMatchObject({ errorName: 'invalid_api_key' });
    expect(await call(strategy, await sign({}, { key: stranger.privateKey }))).toBeDefined();
    writeFileSync(jwksPath, JSON.stringify(KEYS));
    files.reload();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['no audience', { JWT_AUDIENCE: '' }, /JWT_AUDIENCE: must be set/],
    ['two places of keys', { JWT_JWKS_URL: ISSUER, JWT_JWKS_FILE: '/dev/null' }, /JWT_JWKS_URL: either/],
    ['no issuer', { JWT_ISSUER: '' }, /JWT_AUDIENCE: has no effect without JWT_ISSUER/],
    ['no URL', { JWT_JWKS_URL: 'jwks' }, /JWT_JWKS_URL=jwks/],
    [
      'a file without keys',
      { JWT_JWKS_FILE: '/dev/null' },
      /JWT_JWKS_FILE=\/dev\/null: is no JSON Web Key Set/,
    ],
  ])('should not start with %s', async (_what, variables, message) => {
    await expect(open(variables)).rejects.toThrow(message);
  });

  describe('with keys behind a URL', () => {
    let server: Server;
    let answer: { status: number; body: unknown };
    let asked: number;
    let url: string;
    beforeEach(async () => {
      asked = 0;
      answer = { status: 200, body: KEYS };
      server = createServer((_request, response) => {
        asked += 1;
        response
          .writeHead(answer.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(answer.body));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    it('should ask for them once, also where tokens name unknown ones', async () => {
      const strategy = await open({ JWT_JWKS_URL: url });
      const unknown = await sign({}, { kid: 'none' });
      for (let times = 0; times < 5; times++) {
        expect(await call(strategy, await sign({}))).toBeDefined();
        expect(await refusal(strategy, unknown)).toMatchObject({ errorName: 'invalid_api_key' });
      }
      expect(asked).toBe(1);
    });

    it.each([
      ['fails', { status: 500, body: {} }],
      ['holds none', { status: 200, body: { hello: 'world' } }],
    ])('should answer 503 where it %s, and be well once it is', async (_what, wrong) => {
      const strategy = await open({ JWT_JWKS_URL: url });
      answer = wrong;
      const error = await refusal(strategy, await sign({}));
      expect(error).toMatchObject({ errorName: 'auth_unavailable', status: 503, retryAfter: 5 });
      answer = { status: 200, body: KEYS };
      expect(await call(strategy, await sign({}))).toBeDefined();
    });

    it('should answer 503 where nobody listens', async () => {
      const strategy = await open({ JWT_JWKS_URL: 'http://127.0.0.1:1/jwks' });
      expect(await refusal(strategy, await sign({}))).toMatchObject({ errorName: 'auth_unavailable' });
    });
  });
});
