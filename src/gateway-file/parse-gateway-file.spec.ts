import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseGatewayFile } from './parse-gateway-file.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'gateway-file-'));
const FILE = join(FOLDER, 'key');
writeFileSync(FILE, 'a-key\n');
const VARIABLES: Record<string, string> = { KEY: 'hunter2', HOST: 'gpu-3' };
const SERVER = '{ name: a, baseUrl: "http://a:1" }';

const read = (text: string, servers: string[] = []) =>
  parseGatewayFile(text, 'CONFIG_FILE=g.yaml', {
    servers: servers.map((name) => ({ name, baseUrl: `http://${name}` })),
    preset: 'lmdeploy',
    variable: (name) => VARIABLES[name],
  });
const problem = (text: string, servers?: string[]): string => {
  try {
    read(text, servers);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('parseGatewayFile', () => {
  afterAll(() => {
    rmSync(FOLDER, { recursive: true });
  });

  it('should read servers and models', () => {
    const text = `
upstreams:
  - { name: gpu-1, baseUrl: "http://gpu-1:23333/v1", preset: vllm, apiKey: "\${KEY}", weight: 0.5, maxInFlight: 64 }
  - { name: b_2.x:3, baseUrl: "https://\${HOST}", apiKeyFile: ${FILE} }
models:
  - { id: m, upstreams: [gpu-1], aliases: [n] }
`;
    expect(read(text)).toEqual({
      upstreams: [
        {
          name: 'gpu-1',
          baseUrl: 'http://gpu-1:23333/v1',
          preset: 'vllm',
          apiKey: 'hunter2',
          weight: 0.5,
          maxInFlight: 64,
        },
        { name: 'b_2.x:3', baseUrl: 'https://gpu-3', apiKeyFile: FILE },
      ],
      models: [{ id: 'm', upstreams: ['gpu-1'], aliases: ['n'] }],
    });
  });

  it.each([
    ['', ': must be a mapping with keys such as'],
    ['{}', ': must be a mapping'],
    ['just text', ': must be a mapping'],
    ['- a', ': must be a mapping'],
    ['models: [', ': is no YAML in line 1'],
    ['models:\n  - id: a\n    id: b', ': is no YAML in line 3: duplicate key'],
    ['models: *absent', ': has an alias (*) without its anchor (&)'],
    ['models: &all [*all]', ': has an alias (*) within what it stands for'],
    ['nothing: []', '\n  nothing: is unknown'],
    ['mcpServers: [{ label: a }]', '\n  mcpServers[0]: must have either url or command'],
    [
      'mcpServers: [{ label: a, url: "http://a", command: b }]',
      '\n  mcpServers[0]: must have either url or command',
    ],
    [
      'mcpServers: [{ label: a, command: b, headers: {} }]',
      '\n  mcpServers[0].headers: must not be given together with command',
    ],
    [
      'mcpServers: [{ label: a, url: "http://a", env: {} }]',
      '\n  mcpServers[0].env: must not be given together with url',
    ],
    ['mcpServers: [{ label: a, url: "http://u:p@a" }]', '\n  mcpServers[0].url: must be a URL like'],
    [
      'mcpServers: [{ label: a, command: b }, { label: a, command: c }]',
      '\n  mcpServers[1].label: the name a is used twice',
    ],
    [
      'mcpServers: [{ label: a, command: b, connectorIds: [x] }, { label: c, command: d, connectorIds: [x] }]',
      '\n  mcpServers[1].connectorIds[0]: the name x is used twice',
    ],
    ['models:', '\n  models: must be an array'],
    ['models: []', '\n  models: should not be empty'],
    ['models: [a]', '\n  models'],
    ['models: [{ aliases: [a] }]', '\n  models[0].id: must be a string'],
    ['models: [{ id: a, unknown: 1 }]', '\n  models[0].unknown: is unknown'],
    ['models: [{ id: a, contextWindow: big }]', '\n  models[0].contextWindow: must be an integer'],
    ['models: [{ id: a, systemRole: }]', '\n  models[0].systemRole: must be one of'],
    ['models: [{ id: a, effort: { tiny: low } }]', '\n  models[0].effort.tiny: must be one of'],
    ['models: [{ id: a }, { id: b, aliases: [a] }]', '\n  models[1].aliases[0]: the name a is used twice'],
    ['models: [{ id: a, upstreams: [] }]', '\n  models[0].upstreams: should not be empty'],
    [
      `upstreams: [${SERVER}]\nmodels: [{ id: a, upstreams: [b] }]`,
      '\n  models[0].upstreams: there is no upstream b; there are: a',
    ],
    [
      'models: [{ id: a, upstreams: [b] }]',
      '\n  models[0].upstreams: there is no upstream b; there are: none',
    ],
    ['upstreams: []', '\n  upstreams: should not be empty'],
    ['upstreams: [{ name: a }]', '\n  upstreams[0].baseUrl: must be a URL like'],
    ['upstreams: [{ baseUrl: "http://a" }]', '\n  upstreams[0].name: must be 1 to 64 letters'],
    ['upstreams: [{ name: a b, baseUrl: "http://a" }]', '\n  upstreams[0].name: must be 1 to 64 letters'],
    ['upstreams: [{ name: a, baseUrl: "ftp://a" }]', '\n  upstreams[0].baseUrl: must be a URL like'],
    [
      'upstreams: [{ name: a, baseUrl: "http://a,http://b" }]',
      '\n  upstreams[0].baseUrl: must be a URL like',
    ],
    [`upstreams: [${SERVER}, ${SERVER}]`, '\n  upstreams[1].name: the name a is used twice'],
    [
      'upstreams: [{ name: a, baseUrl: "http://a", preset: ollama }]',
      '\n  upstreams[0].preset: must be one of',
    ],
    [
      'upstreams: [{ name: a, baseUrl: "http://a", weight: 0 }]',
      '\n  upstreams[0].weight: must be a positive',
    ],
    [
      'upstreams: [{ name: a, baseUrl: "http://a", weight: .inf }]',
      '\n  upstreams[0].weight: must be a number',
    ],
    [
      'upstreams: [{ name: a, baseUrl: "http://a", maxInFlight: 0 }]',
      '\n  upstreams[0].maxInFlight: must not be',
    ],
    [
      'upstreams: [{ name: a, baseUrl: "http://a", maxInFlight: 1.5 }]',
      '\n  upstreams[0].maxInFlight: must be an integer',
    ],
    [
      'upstreams: [{ name: a, baseUrl: "http://a", apiKeyFile: /nowhere }]',
      '\n  upstreams[0].apiKeyFile: cannot be read: there is no such file',
    ],
    [
      `upstreams: [{ name: a, baseUrl: "http://a", apiKeyFile: ${fileURLToPath(import.meta.url)} }]`,
      '\n  upstreams[0].apiKeyFile: must hold one key, and nothing else',
    ],
    [
      `upstreams: [{ name: a, baseUrl: "http://a", apiKey: k, apiKeyFile: ${FILE} }]`,
      '\n  upstreams[0].apiKeyFile: must not be given together with apiKey',
    ],
    [
      'upstreams: [{ name: a, baseUrl: "http://a", apiKey: "${ABSENT}" }]',
      '\n  upstreams[0].apiKey: ${ABSENT} is not set in the environment',
    ],
  ])('should say what is wrong with %j', (text, message) => {
    expect(problem(text)).toContain(`CONFIG_FILE=g.yaml:${message.replace(/^:/, '')}`);
  });

  it('should name everything that is wrong, a line each', () => {
    const text = 'upstreams: [{ name: a, baseUrl: b }]\nmodels: [{ id: 1 }, { id: a, vision: maybe }]';
    const lines = problem(text).split('\n').slice(1);
    expect(lines.map((line) => line.trim().split(':')[0])).toEqual([
      'upstreams[0].baseUrl',
      'models[0].id',
      'models[1].vision',
    ]);
  });

  it('should refuse servers beside UPSTREAM_BASE_URL, whose names models may use', () => {
    expect(problem(`upstreams: [${SERVER}]`, ['b:1'])).toBe(
      'CONFIG_FILE=g.yaml:\n  upstreams: must not be given together with UPSTREAM_BASE_URL',
    );
    expect(read('models: [{ id: m, upstreams: ["b:1"] }]', ['b:1', 'c:1']).models).toHaveLength(1);
  });

  it('should ask for the preset of a model whose named servers have different ones', () => {
    const upstreams = `upstreams: [${SERVER}, { name: b, baseUrl: "http://b", preset: vllm }]\n`;
    expect(problem(`${upstreams}models: [{ id: m, upstreams: [a, b] }]`)).toContain(
      'models[0].preset: must be given, since its upstreams have different ones: lmdeploy, vllm',
    );
    for (const fine of ['upstreams: [a, b], preset: vllm', 'upstreams: [b]', 'vision: false']) {
      expect(problem(`${upstreams}models: [{ id: m, ${fine} }]`)).toBe('none');
    }
  });

  it.each([
    'upstreams: [{ name: a, baseUrl: "http://a", apiKey: "hunter2 hunter2" }]',
    'upstreams: [{ name: a, baseUrl: "http://a", apiKey: "${KEY} ${KEY}" }]',
    'upstreams: [{ name: a, baseUrl: "http://a", apiKey: { hunter2: 1 } }]',
    'upstreams: [{ name: a, baseUrl: "http://bob:hunter2@a" }]',
    'upstreams: [{ name: a, baseUrl: "http://a?key=${KEY}" }]',
    'upstreams: [{ name: a, baseUrl: "http://a", preset: "${KEY}" }]',
    'upstreams:\n  - apiKey: "hunter2',
    'upstreams:\n  - apiKey: hunter2: b',
    'upstreams:\n  - apiKey: *hunter2',
  ])('should not show a secret: %j', (text) => {
    const message = problem(text);
    expect(message).toMatch(/^CONFIG_FILE=g\.yaml:/);
    expect(message).not.toContain('hunter2');
  });
});
