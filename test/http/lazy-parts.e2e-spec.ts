import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { jest } from '@jest/globals';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson, postJson } from '../support/http-client.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { TraceReceiver } from '../support/trace-receiver.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';
import { storedFrame } from '../support/zstd-frames.js';

// The debugger is told of every script, of either module system; a loader's hooks would miss what is required.
const LIST_SCRIPTS = `
  import { writeFileSync } from 'node:fs';
  import { Session } from 'node:inspector';
  const urls = [];
  const session = new Session();
  session.connect();
  session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
  session.post('Debugger.enable');
  process.on('exit', () => writeFileSync('scripts.txt', urls.join('\\n')));
`;

const PARTS = {
  simulator: '/dist/simulator/simulator.js',
  documentation: '/dist/openapi/docs-pages.js',
  piscina: '/node_modules/piscina/',
  yaml: '/node_modules/yaml/',
  zstd: '/node_modules/zstddec/',
  postgres: '/node_modules/pg/',
  redis: '/node_modules/ioredis/',
  bullmq: '/node_modules/bullmq/',
  breakers: '/node_modules/cockatiel/',
  prometheus: '/node_modules/prom-client/',
  limits: '/node_modules/rate-limiter-flexible/',
  tokens: '/node_modules/jose/',
  mcp: '/node_modules/@modelcontextprotocol/',
  // Its api alone is what prom-client has for exemplars.
  opentelemetry: '/node_modules/@opentelemetry/sdk-trace-base/',
};
const STRICT = {
  format: {
    type: 'json_schema',
    name: 'answer',
    strict: true,
    schema: { type: 'object', properties: {}, additionalProperties: false },
  },
};

jest.setTimeout(300_000);

const built = useBuiltGateway();
let upstream: FakeUpstream;

beforeAll(() => {
  writeFileSync(join(built.folder, 'list-scripts.mjs'), LIST_SCRIPTS);
});
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await upstream.close();
});

/** Runs a gateway and has it used; @returns the scripts it has loaded by its end */
async function scriptsOf(
  variables: Record<string, string>,
  use: (url: string) => Promise<unknown>,
): Promise<string> {
  const hook = pathToFileURL(join(built.folder, 'list-scripts.mjs')).href;
  const gateway = built.run({ NODE_OPTIONS: `--import ${hook}`, DATABASE_URL: 'none', ...variables });
  await use(await gateway.listening());
  gateway.signal('SIGTERM');
  expect(await gateway.exited).toBe(0);
  return readFileSync(join(built.folder, 'scripts.txt'), 'utf8');
}

const partsIn = (scripts: string): string[] =>
  Object.entries(PARTS)
    .filter(([, path]) => scripts.includes(path))
    .map(([name]) => name);

async function askOnce(url: string, more: object = {}): Promise<void> {
  const { status } = await postJson(`${url}/v1/responses`, { model: 'test-model', input: 'hi', ...more });
  expect(status).toBe(200);
}

describe('a gateway in front of a model server', () => {
  it('should load no part that an ordinary answer does not need', async () => {
    upstream.reply(completion({ content: 'pong' }));
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url }, askOnce);
    expect(scripts).toContain('/dist/responses/responses.controller.js');
    expect(scripts).toContain('/node_modules/undici/');
    expect(partsIn(scripts)).toEqual([]);
    // What these parts bring with them would be loaded only by another way.
    for (const path of ['/swagger-ui-dist/', '/js-yaml/', '/es-toolkit/dist/compat/index.mjs']) {
      expect(scripts).not.toContain(path);
    }
  });

  it('should load the documentation with the first request for it, however many come at once', async () => {
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url }, async (url) => {
      const paths = ['/docs', '/docs/openapi.json', '/docs-yaml', '/docs/swagger-ui.css'];
      const answers = await Promise.all(paths.map((path) => getJson(`${url}${path}`)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    });
    // Nothing else: the build has made JSON of the document.
    expect(partsIn(scripts)).toEqual(['documentation']);
  });

  it('should not load the documentation when it is switched off', async () => {
    const variables = { UPSTREAM_BASE_URL: upstream.url, DOCS_ENABLED: 'false' };
    const scripts = await scriptsOf(variables, (url) => getJson(`${url}/docs`));
    expect(partsIn(scripts)).toEqual([]);
  });

  it('should load the schema validator with the first strict schema', async () => {
    upstream.reply(completion({ content: '{}' }));
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url }, (url) =>
      askOnce(url, { text: STRICT }),
    );
    expect(partsIn(scripts)).toEqual(['piscina']);
  });

  it('should load zstd with the first body in it', async () => {
    upstream.reply(completion({ content: 'pong' }));
    const body = storedFrame(Buffer.from(JSON.stringify({ model: 'test-model', input: 'hi' })));
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url }, async (url) => {
      const { status } = await postJson(`${url}/v1/responses`, body, { 'content-encoding': 'zstd' });
      expect(status).toBe(200);
    });
    expect(partsIn(scripts)).toEqual(['zstd']);
  });

  it('should load OpenTelemetry for a collector, and send what it has by its end', async () => {
    const receiver = await TraceReceiver.start();
    upstream.reply(completion({ content: 'pong' }));
    const variables = { UPSTREAM_BASE_URL: upstream.url, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const scripts = await scriptsOf(variables, askOnce);
    await receiver.close();
    expect(partsIn(scripts)).toEqual(['opentelemetry']);
    expect(receiver.spans.map(({ name }) => name)).toContain('POST /v1/responses');
  });

  it('should load the metrics where they are asked for', async () => {
    upstream.reply(completion({ content: 'pong' }));
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url, METRICS_PORT: '0' }, askOnce);
    expect(partsIn(scripts)).toEqual(['prometheus']);
  });

  it('should load the circuit breakers where there are several model servers', async () => {
    const second = await startFakeUpstream();
    const list = [upstream, second];
    for (const one of list) one.reply(completion({ content: 'pong' }));
    const UPSTREAM_BASE_URL = list.map(({ url }) => url).join(',');
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL }, askOnce);
    await second.close();
    expect(partsIn(scripts)).toEqual(['breakers']);
  });

  it('should load the YAML parser for a gateway file', async () => {
    const path = join(built.folder, 'gateway.yaml');
    writeFileSync(path, 'models:\n  - id: coder\n');
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url, CONFIG_FILE: path }, (url) =>
      getJson(url),
    );
    expect(partsIn(scripts)).toEqual(['yaml']);
  });
});

describe('a gateway with callers', () => {
  const keysFile = (text: string): string => {
    const path = join(built.folder, 'keys.yaml');
    writeFileSync(path, text);
    return path;
  };

  it('should load what counts with the first request of one who has limits', async () => {
    const API_KEYS_FILE = keysFile('- { key: free }\n- { key: frugal, requestsPerMinute: 9 }\n');
    for (const [key, parts] of [
      ['free', ['yaml']],
      ['frugal', ['yaml', 'limits']],
    ] as const) {
      upstream.reply(completion({ content: 'pong' }));
      const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url, API_KEYS_FILE }, async (url) => {
        const headers = { authorization: `Bearer ${key}` };
        const { status } = await postJson(
          `${url}/v1/responses`,
          { model: 'test-model', input: 'hi' },
          headers,
        );
        expect(status).toBe(200);
      });
      expect(partsIn(scripts)).toEqual(parts);
    }
  });

  it('should load what checks tokens where there is an issuer', async () => {
    const JWT_JWKS_FILE = join(built.folder, 'jwks.json');
    writeFileSync(JWT_JWKS_FILE, '{"keys":[]}');
    const issuer = { JWT_ISSUER: 'https://id.test', JWT_AUDIENCE: 'gateway', JWT_JWKS_FILE };
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url, ...issuer }, (url) => getJson(url));
    expect(partsIn(scripts)).toEqual(['tokens']);
  });
});

(HAS_REDIS ? describe : describe.skip)('a gateway of several', () => {
  it('should load what speaks to Redis', async () => {
    const redis = await RedisServer.start();
    upstream.reply(completion({ content: 'pong' }));
    const variables = { UPSTREAM_BASE_URL: upstream.url, REDIS_URL: redis.url };
    const scripts = await scriptsOf(variables, askOnce);
    await redis.remove();
    expect(partsIn(scripts)).toEqual(['redis', 'bullmq']);
  });
});

describe('a gateway without a model server', () => {
  it('should load the simulator', async () => {
    const scripts = await scriptsOf({}, (url) => askOnce(url, { model: 'default' }));
    expect(partsIn(scripts)).toEqual(['simulator']);
  });
});
