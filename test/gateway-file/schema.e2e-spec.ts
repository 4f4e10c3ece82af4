import { readFileSync } from 'node:fs';
import type { Type } from '@nestjs/common';
import { Ajv } from 'ajv';
import { getMetadataStorage } from 'class-validator';
import { parse } from 'yaml';
import { REASONING_EFFORTS } from '../../src/contracts/model-profile.js';
import { GatewayFileContent } from '../../src/gateway-file/gateway-file-content.js';
import { HostedToolEntry, HostedToolsEntry } from '../../src/gateway-file/hosted-tools-entry.js';
import { McpServerEntry } from '../../src/gateway-file/mcp-server-entry.js';
import { ModelEntry } from '../../src/gateway-file/model-entry.js';
import { parseGatewayFile } from '../../src/gateway-file/parse-gateway-file.js';
import { UpstreamEntry } from '../../src/gateway-file/upstream-entry.js';

interface ObjectSchema {
  required?: string[];
  properties: Record<string, { enum?: unknown[]; properties?: Record<string, unknown> }>;
}

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const schema = JSON.parse(read('schema/gateway.schema.json')) as ObjectSchema & {
  definitions: Record<'upstream' | 'model' | 'mcpServer' | 'hostedTools' | 'hostedTool', ObjectSchema>;
};
const validate = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema);
const fitsSchema = (file: unknown): boolean => validate(file);

const SERVERS = ['a', 'b'].map((name) => ({ name, baseUrl: `http://${name}` }));
const CONTEXT = { servers: [], preset: 'lmdeploy', variable: () => 'value' } as const;

function isTaken(file: object): boolean {
  try {
    parseGatewayFile(JSON.stringify(file), 'gateway.yaml', CONTEXT);
    return true;
  } catch {
    return false;
  }
}

interface Described {
  required: string[];
  properties: string[];
  enums: Record<string, unknown[]>;
}

/** What the decorators of a class say. */
function describeClass(entry: Type<object>): Described {
  const rules = getMetadataStorage().getTargetValidationMetadatas(entry, '', false, false);
  const optional = rules.filter(({ type }) => type === 'conditionalValidation');
  const properties = [...new Set(rules.map(({ propertyName }) => propertyName))].sort();
  const enums = rules.filter(({ name }) => name === 'isIn');
  return {
    properties,
    required: properties.filter((name) => !optional.some(({ propertyName }) => propertyName === name)),
    enums: Object.fromEntries(
      enums.map(({ propertyName, constraints }) => [propertyName, constraints[0] as unknown[]]),
    ),
  };
}

function describeSchema({ required = [], properties }: ObjectSchema): Described {
  const enums = Object.entries(properties).flatMap(([name, { enum: values }]) =>
    values ? [[name, values.filter((value) => value !== null)] as const] : [],
  );
  return {
    required: [...required].sort(),
    properties: Object.keys(properties).sort(),
    enums: Object.fromEntries(enums),
  };
}

/** For every property of an entry: is it taken by the gateway and by editors alike, whatever stands there? */
function findDisagreements(list: keyof typeof ENTRIES, base: object, properties: string[]): string[] {
  return properties.flatMap((name) => {
    const known = schema.definitions[ENTRIES[list]];
    const values = [...ODDITIES, ...(known.properties[name]?.enum ?? [])];
    return values.flatMap((value) => {
      const file = { ...(list === 'models' && { upstreams: SERVERS }), [list]: [{ ...base, [name]: value }] };
      const [taken, fits] = [isTaken(file), fitsSchema(file)];
      return taken === fits ? [] : [`${name}: ${JSON.stringify(value)} is taken: ${taken}, fits: ${fits}`];
    });
  });
}

const ENTRIES = { upstreams: 'upstream', models: 'model', mcpServers: 'mcpServer' } as const;
const ODDITIES: unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    2,
    '',
    'a',
    'b',
    'a b',
    '1',
    'none',
    'ü',
    'http://h:1/v1',
    'http://u@h',
    'ftp://h',
    'http://h?q',
  ],
  ...[[], ['a'], ['a', 'b'], ['a', 'a'], [''], [1], [null], ['messages'], ['a-b']],
  ...[{}, { a: 1 }, { low: 'x' }, { low: null }, { low: 1 }, { tiny: 'x' }],
];
/** What a schema cannot know: the files that there are, and the names of others. */
const BEYOND_SCHEMA = ['apiKeyFile', 'upstreams'];

describe('schema/gateway.schema.json', () => {
  it.each<[string, ObjectSchema, Type<object>]>([
    ['the file', schema, GatewayFileContent],
    ['an upstream', schema.definitions.upstream, UpstreamEntry],
    ['a model', schema.definitions.model, ModelEntry],
    ['an MCP server', schema.definitions.mcpServer, McpServerEntry],
    ['hosted tools', schema.definitions.hostedTools, HostedToolsEntry],
    ['a hosted tool', schema.definitions.hostedTool, HostedToolEntry],
  ])('should have the keys and values of %s that the gateway knows', (_what, part, entry) => {
    expect(describeSchema(part)).toEqual(describeClass(entry));
  });

  it('should know the efforts', () => {
    const { effort } = schema.definitions.model.properties;
    expect(Object.keys(effort?.properties ?? {})).toEqual(REASONING_EFFORTS);
  });

  it('should take what the gateway takes, and nothing else', () => {
    const upstream = describeClass(UpstreamEntry).properties;
    const model = describeClass(ModelEntry).properties;
    const checked = (names: string[]): string[] => names.filter((name) => !BEYOND_SCHEMA.includes(name));
    expect([
      ...findDisagreements('upstreams', { name: 'x', baseUrl: 'http://x' }, checked(upstream)),
      ...findDisagreements('models', { id: 'x' }, checked(model)),
      ...findDisagreements(
        'mcpServers',
        { label: 'x', url: 'http://x' },
        describeClass(McpServerEntry).properties,
      ),
      ...findDisagreements(
        'mcpServers',
        { label: 'x', command: 'x' },
        describeClass(McpServerEntry).properties,
      ),
    ]).toEqual([]);
  });

  it.each([
    {},
    { upstreams: [] },
    { upstreams: null },
    { models: [{}] },
    { models: [{ id: 'a', upstreams: [] }] },
    { models: [{ id: 'a', more: 1 }] },
    { upstreams: [{ name: 'a' }] },
    { upstreams: [{ name: 'a', baseUrl: 'http://a', more: 1 }] },
    { upstreams: [{ name: 'a', baseUrl: 'http://a', apiKey: 'k', apiKeyFile: '/dev/null' }] },
    { mcpServers: [] },
    { mcpServers: [{ label: 'a' }] },
    { mcpServers: [{ label: 'a', url: 'http://a', command: 'a' }] },
    { mcpServers: [{ label: 'a', url: 'http://a', headers: { 'a b': 'c' } }] },
    { mcpServers: [{ label: 'a', url: 'http://a', headers: { a: 'b\nc' } }] },
    { hostedTools: [] },
    { hostedTools: null },
    { hostedTools: { web_search: { server: 'a' } } },
    { hostedTools: { web_search: { server: 'a b', tool: 'c' } } },
    { hostedTools: { image_generation: { server: 'a', tool: 'b' } } },
    { nothing: [] },
  ])('should refuse %j as the gateway does', (file) => {
    expect([fitsSchema(file), isTaken(file)]).toEqual([false, false]);
  });

  it('should let variables stand in names, addresses and keys', () => {
    const file = { upstreams: [{ name: '${NAME}', baseUrl: '${URL}', apiKey: '${KEY}' }] };
    expect(fitsSchema(file)).toBe(true);
  });

  it('should fit the example, which names it for editors', () => {
    const text = read('deploy/files/gateway.yaml');
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schema\/gateway\.schema\.json$/m);
    expect(fitsSchema(parse(text))).toBe(true);
    expect(parseGatewayFile(text, 'gateway.yaml', CONTEXT).upstreams).toHaveLength(3);
  });

  it('should be in the package', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    expect(files).toContain('schema');
  });
});
