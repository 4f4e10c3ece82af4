import js from '@eslint/js';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

const PURE = ['contracts', 'errors', 'translation', 'tool-parsers', 'reasoning-parsers'];
const NEST_BINDINGS = [
  'src/**/*.module.ts',
  'src/**/*.service.ts',
  'src/**/*.registry.ts',
  'src/**/*.decorator.ts',
];

/** Packages that cost a start too much: types may be imported anywhere, the rest is loaded where it is first needed. */
const LOADED_WHEN_NEEDED = {
  ajv: "Callers' schemas run in threads of their own: translation/output-check/check-text.worker.mjs.",
  'zstddec/stream': 'Loaded with the first zstd body, by transport/http/body/zstd-unpacker.ts.',
  piscina: 'Loaded with the first check of an output, by translation/output-check/check-pool.service.ts.',
  libsql: 'Loaded where DATABASE_URL is a file or in memory, by database/open-dialect.ts.',
  pg: 'Loaded where DATABASE_URL is postgres://, by database/open-dialect.ts.',
  ioredis: 'Loaded where REDIS_URL is set, by coordination/redis.',
  'rate-limiter-flexible': 'Loaded with the first request of a caller who has limits, by coordination.',
  jose: 'Loaded where JWT_ISSUER is set, by auth/token-verifier.ts.',
  bullmq: 'Loaded where REDIS_URL is set, by coordination/redis.',
  cockatiel: 'Loaded where there are several model servers, by upstreams/server-health.ts.',
  '@modelcontextprotocol/client': 'Loaded with the first use of an MCP server, by mcp/mcp-connection.ts.',
  'eventsource-parser': 'Loaded with the first stream of an MCP server, by mcp/read-answer.ts.',
  'prom-client': 'Loaded where METRICS_PORT is set, by observability/metrics/meter.ts.',
  ...Object.fromEntries(
    ['api', 'core', 'resources', 'sdk-trace-base', 'exporter-trace-otlp-http'].map((part) => [
      `@opentelemetry/${part}`,
      'Loaded where there is a collector for traces, by observability/tracing/open-tracer.ts.',
    ]),
  ),
  yaml: 'Loaded by config/parse-yaml.ts where a file is written in it, and by openapi/find-files.ts where there is no build.',
};

/**
 * The folders of src from the bottom up: each may import from those that it names, and from itself. Nothing may name a folder
 * that stands below it in this list, so there is no way back up.
 */
const MAY_IMPORT = {
  contracts: [],
  errors: ['contracts'],
  config: ['contracts'],
  extension: [],
  reload: ['config'],
  'gateway-file': ['contracts', 'errors', 'config', 'reload'],
  prompts: ['contracts', 'errors', 'config', 'reload'],
  tools: ['contracts', 'errors', 'extension'],
  database: ['errors', 'config'],
  ids: ['extension'],
  sealing: ['config', 'extension'],
  request: ['contracts', 'errors', 'config', 'ids'],
  coordination: ['contracts', 'errors', 'config', 'extension', 'database', 'request'],
  state: [
    'contracts',
    'errors',
    'config',
    'extension',
    'database',
    'ids',
    'sealing',
    'request',
    'coordination',
  ],
  'translation/vocabulary': ['contracts', 'errors'],
  'tool-parsers': ['contracts', 'config', 'translation/vocabulary'],
  'reasoning-parsers': ['config', 'translation/vocabulary', 'tool-parsers'],
  simulator: ['config'],
  upstreams: [
    'contracts',
    'errors',
    'config',
    'extension',
    'reload',
    'gateway-file',
    'request',
    'coordination',
    'simulator',
  ],
  mcp: ['contracts', 'errors', 'config', 'extension', 'reload', 'gateway-file', 'tools', 'request'],
  auth: ['contracts', 'errors', 'config', 'extension', 'reload', 'request'],
  limits: ['contracts', 'errors', 'config', 'extension', 'request', 'coordination'],
  models: [
    'contracts',
    'errors',
    'config',
    'extension',
    'reload',
    'gateway-file',
    'tool-parsers',
    'reasoning-parsers',
    'request',
    'upstreams',
  ],
  translation: [
    'contracts',
    'errors',
    'config',
    'extension',
    'ids',
    'sealing',
    'translation/vocabulary',
    'tool-parsers',
    'reasoning-parsers',
  ],
  'responses/run': ['contracts', 'errors', 'request', 'tools', 'upstreams', 'translation'],
  'transport/http': ['contracts', 'errors', 'config', 'extension', 'ids', 'request', 'responses/run'],
  webhooks: ['errors', 'config', 'extension', 'reload', 'ids', 'request', 'coordination'],
  responses: [
    'contracts',
    'errors',
    'config',
    'extension',
    'database',
    'ids',
    'sealing',
    'request',
    'coordination',
    'state',
    'webhooks',
    'limits',
    'prompts',
    'tools',
    'gateway-file',
    'mcp',
    'upstreams',
    'models',
    'translation/vocabulary',
    'translation',
    'responses/run',
    'transport/http',
  ],
  conversations: [
    'contracts',
    'errors',
    'config',
    'extension',
    'ids',
    'request',
    'coordination',
    'state',
    'translation',
    'transport/http',
    'responses',
  ],
  'transport/websocket': [
    'contracts',
    'errors',
    'config',
    'extension',
    'ids',
    'request',
    'responses/run',
    'transport/http',
  ],
  passthrough: [
    'contracts',
    'errors',
    'config',
    'extension',
    'request',
    'limits',
    'upstreams',
    'models',
    'translation',
    'transport/http',
  ],
  openapi: ['request'],
  playground: ['config', 'request'],
  health: ['errors', 'extension', 'database', 'request', 'coordination', 'state', 'upstreams'],
  observability: [
    'contracts',
    'errors',
    'config',
    'extension',
    'reload',
    'database',
    'request',
    'coordination',
    'state',
    'limits',
    'upstreams',
    'responses/run',
    'responses',
    'health',
  ],
};
const CAN_PARSE = {
  object: 'URL',
  property: 'canParse',
  message: 'It is wrong about texts with letters such as ü in Node 20: parseUrl of config/parse-url.ts.',
};
const FOLDERS = Object.keys(MAY_IMPORT);
for (const [index, folder] of FOLDERS.entries()) {
  const above = MAY_IMPORT[folder].filter((other) => FOLDERS.indexOf(other) > index);
  if (above.length > 0) throw new Error(`src/${folder} must not import from above: ${above.join(', ')}`);
}
const zones = FOLDERS.flatMap((folder) => {
  const reachable = [folder, ...MAY_IMPORT[folder]];
  const message = `src/${folder} may only import from: ${reachable.join(', ')}`;
  return FOLDERS.filter((other) => !reachable.includes(other)).map((other) => ({
    target: `./src/${folder}`,
    from: `./src/${other}`,
    except: reachable
      .filter((name) => name.startsWith(`${other}/`))
      .map((name) => `.${name.slice(other.length)}`),
    message,
  }));
});
/** Of these the playground's page makes use. */
const BROWSER_GLOBALS = [
  'AbortController',
  'FileReader',
  'Text',
  'TextDecoderStream',
  'clearInterval',
  'setInterval',
  'URL',
  'document',
  'fetch',
  'navigator',
  'performance',
  'requestAnimationFrame',
  'sessionStorage',
  'setTimeout',
];

export default tseslint.config(
  {
    ignores: ['dist', 'coverage', 'node_modules', 'examples', 'test/clients', 'bench/build', 'bench/results'],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [
        createNodeResolver({ extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } }),
      ],
    },
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', CAN_PARSE] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        CAN_PARSE,
        { object: 'process', property: 'env', message: 'Only src/config reads the environment.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/request/**', 'src/transport/http/**', 'src/openapi/**', 'src/playground/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'express',
              message: 'Express stays in src/request, src/transport/http, src/openapi and src/playground.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: Object.entries(LOADED_WHEN_NEEDED).map(([name, message]) => ({
            name,
            message,
            allowTypeImports: true,
          })),
        },
      ],
    },
  },
  {
    files: PURE.map((folder) => `src/${folder}/**/*.ts`),
    ignores: [...NEST_BINDINGS, 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['@nestjs/*', 'rxjs', 'rxjs/*', 'node:*', 'express', 'undici'] },
      ],
      'no-restricted-globals': [
        'error',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'fetch',
        'process',
        'performance',
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Pass the clock in.',
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Pass the clock in.' },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'Pass ids in.',
        },
      ],
    },
  },
  {
    files: ['src/playground/page/*.js'],
    languageOptions: { globals: Object.fromEntries(BROWSER_GLOBALS.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['**/*.environment.ts'],
    rules: {
      // Without the annotation the decorator metadata says Object and the env string is not converted.
      '@typescript-eslint/no-inferrable-types': 'off',
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.e2e-spec.ts', 'test/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', '**.expect*', 'fc.assert', 'assert*'] },
      ],
      'jest/no-standalone-expect': 'off',
      'jest/no-conditional-expect': 'off',
    },
  },
  {
    // Tests that are run on each implementation of an interface.
    files: ['test/**/*.contract.ts'],
    rules: { 'jest/no-export': 'off' },
  },
);
