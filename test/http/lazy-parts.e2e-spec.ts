import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { jest } from '@jest/globals';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson, postJson } from '../support/http-client.js';
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
};
const STRICT = {
  format: {
    type: 'json_schema',
    name: 'answer',
    strict: true,
    schema: { type: 'object', properties: {}, additionalProperties: false },
  },
};

jest.setTimeout(30_000);

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
  const gateway = built.run({ NODE_OPTIONS: `--import ${hook}`, ...variables });
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
    expect(scripts).not.toContain('/es-toolkit/dist/compat/index.mjs');
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

  it('should load the YAML parser for a models file', async () => {
    const path = join(built.folder, 'models.yaml');
    writeFileSync(path, 'models:\n  - id: coder\n');
    const scripts = await scriptsOf({ UPSTREAM_BASE_URL: upstream.url, MODELS_FILE: path }, (url) =>
      getJson(url),
    );
    expect(partsIn(scripts)).toEqual(['yaml']);
  });
});

describe('a gateway without a model server', () => {
  it('should load the simulator', async () => {
    const scripts = await scriptsOf({}, (url) => askOnce(url, { model: 'default' }));
    expect(partsIn(scripts)).toEqual(['simulator']);
  });
});
