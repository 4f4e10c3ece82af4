import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { ENVIRONMENT_VARIABLES } from '../../src/config/environment.js';
import { isRecord, type Json } from '../support/json.js';

const ROOT = new URL('../../', import.meta.url);
const CHART = 'deploy/helm/responses-gateway';
const read = (name: string): string => readFileSync(new URL(name, ROOT), 'utf8');
const filesOf = (folder: string): string[] =>
  readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(yaml|tpl|txt)$/.test(name))
    .map((name) => `${folder}/${name}`);
const VALUES = ['values', 'values-ha', 'values-lmdeploy', 'ci/minimal-values', 'ci/everything-values'];
const valuesOf = (name: string): Json => parse(read(`${CHART}/${name}.yaml`)) as Json;

/** Paths to values that are no objects, or empty ones. */
function leaves(values: Json, path: readonly string[] = []): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    isRecord(value) && Object.keys(value).length > 0
      ? leaves(value, [...path, name])
      : [[...path, name].join('.')],
  );
}

describe('the chart', () => {
  const templates = filesOf(`${CHART}/templates`).map(read).join('\n');
  const accepts = new Ajv({ strict: false }).compile(
    JSON.parse(read(`${CHART}/values.schema.json`)) as object,
  );

  it('should use every value, or the whole of what it stands in', () => {
    const isUsed = (path: string): boolean =>
      new RegExp(`\\.Values\\.${path.replaceAll('.', '\\.')}(?![.\\w])`).test(templates);
    const unused = leaves(valuesOf('values')).filter((path) => {
      const parts = path.split('.');
      return !parts.some((_part, index) => isUsed(parts.slice(0, index + 1).join('.')));
    });
    expect(unused).toEqual([]);
  });

  it('should know every value that its templates use', () => {
    const known = leaves(valuesOf('values'));
    const used = [...templates.matchAll(/\.Values\.([A-Za-z.]*[A-Za-z])/g)].map(([, path = '']) => path);
    const unknown = used.filter(
      (path) =>
        !known.some((name) => name === path || name.startsWith(`${path}.`) || path.startsWith(`${name}.`)),
    );
    expect(unknown).toEqual([]);
  });

  it.each(VALUES)('should accept %s.yaml', (name) => {
    accepts(valuesOf(name));
    expect(accepts.errors ?? []).toEqual([]);
  });

  it.each<[string, Json]>([
    ['a name that there is not', { replicaCount: 2 }],
    ['a name within another', { image: { name: 'gateway' } }],
    ['a wrong type', { replicas: '2' }],
    ['a secret as a variable', { env: { API_KEYS: 'secret' } }],
    ['a URL with a password as a variable', { env: { REDIS_URL: 'redis://:secret@redis' } }],
    ['a file without a Secret that has it', { env: { API_KEYS_FILE: '/etc/keys' } }],
    ['what is no variable', { env: { logLevel: 'debug' } }],
    ['a variable that is no file among files', { secrets: { files: { API_KEYS: 'keys' } } }],
    ['a key with a path', { secrets: { files: { API_KEYS_FILE: '../keys' } } }],
    ['a metric that there is not', { autoscaling: { metric: 'memory' } }],
    ['a tag as digest', { image: { digest: 'latest' } }],
    ['no pause before the end', { shutdown: { preStopSeconds: 0 } }],
    ['an upstream without an address', { config: { upstreams: [{ name: 'gpu-1' }] } }],
    ['a model without an id', { config: { models: [{ name: 'qwen3' }] } }],
    ['an upstream list that is none', { config: { upstreams: 'http://lmdeploy:23333' } }],
  ])('should refuse %s', (_what, values) => {
    expect(accepts(values)).toBe(false);
  });

  it('should be of the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as Json;
    expect(parse(read(`${CHART}/Chart.yaml`))).toMatchObject({ version, appVersion: version });
    expect(read('deploy/kustomize/base/kustomization.yaml')).toContain(`newTag: ${String(version)} `);
  });

  it.each([
    ['deploy/prometheus/alerts.yaml', 'alerts.yaml'],
    ['deploy/grafana/gateway-dashboard.json', 'gateway-dashboard.json'],
  ])('should have %s as it is (node scripts/copy-chart-files.mjs)', (original, copy) => {
    expect(read(`${CHART}/files/${copy}`)).toBe(read(original));
  });

  it('should start LMDeploy as docker-compose.yml does', () => {
    const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
      services: { lmdeploy: { image: string; command: string[] } };
    };
    const { image, command } = services.lmdeploy;
    expect(valuesOf('values')).toMatchObject({ lmdeploy: { image } });
    const options = command.filter((part) => part.startsWith('--'));
    expect(options.filter((option) => !templates.includes(`- ${option}\n`))).toEqual([]);
  });
});

describe('the variables in manifests', () => {
  const names = (files: readonly string[]): string[] =>
    files.flatMap((file) =>
      [...read(file).matchAll(/\bname: ([A-Z][A-Z0-9_]+)\b/g)].map(([, name = '']) => name),
    );
  const ofModelServer = ['MODEL_SERVER_KEY', 'HF_HOME', 'HF_HUB_OFFLINE', 'HF_TOKEN'];

  it('should be variables of the gateway', () => {
    const files = [...filesOf(CHART), ...filesOf('deploy/kustomize')];
    const ofValues = VALUES.map(valuesOf).flatMap(({ env, secrets }) => [
      ...Object.keys((env ?? {}) as Json),
      ...Object.keys(((secrets as Json | undefined)?.files ?? {}) as Json),
    ]);
    const all = [...names(files), ...ofValues].filter((name) => !ofModelServer.includes(name));
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((name) => !ENVIRONMENT_VARIABLES.includes(name))).toEqual([]);
  });
});
