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
  'zstddec/stream': 'Loaded with the first zstd body, by http/body/zstd-unpacker.ts.',
  piscina: 'Loaded with the first check of an output, by translation/output-check/check-pool.service.ts.',
  yaml: 'Loaded by config/models-file.ts where there is a models file, and by openapi/find-files.ts where there is no build.',
};

/** Folders that each folder may import from, besides itself: the one-way street of the architecture. */
const MAY_IMPORT = {
  contracts: [],
  errors: ['contracts'],
  ids: ['config'],
  envelopes: ['config'],
  call: ['contracts', 'errors'],
  translation: ['contracts', 'errors', 'config', 'ids', 'envelopes', 'tool-parsers', 'reasoning-parsers'],
  'tool-parsers': ['contracts', 'errors', 'translation', 'config'],
  'reasoning-parsers': ['contracts', 'errors', 'translation', 'config', 'tool-parsers'],
  config: ['contracts', 'errors'],
  simulator: ['config'],
  upstream: ['contracts', 'errors', 'config', 'call', 'simulator'],
  models: ['contracts', 'errors', 'config', 'call', 'auth', 'http', 'upstream'],
  openapi: [],
  responses: ['contracts', 'errors', 'config', 'call', 'auth', 'http', 'models', 'translation', 'upstream'],
  http: ['contracts', 'errors', 'config', 'call', 'ids'],
  auth: ['contracts', 'errors', 'config', 'call', 'http'],
  health: ['contracts', 'errors', 'config', 'auth', 'http', 'upstream'],
  cluster: ['config', 'simulator', 'websocket'],
  websocket: ['contracts', 'errors', 'config', 'call', 'ids', 'http', 'responses'],
};
const FOLDERS = [
  'auth',
  'call',
  'cluster',
  'config',
  'contracts',
  'envelopes',
  'errors',
  'health',
  'http',
  'ids',
  'models',
  'openapi',
  'reasoning-parsers',
  'responses',
  'simulator',
  'tool-parsers',
  'translation',
  'upstream',
  'websocket',
];
const zones = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  target: `./src/${folder}`,
  from: FOLDERS.filter((other) => other !== folder && !allowed.includes(other)).map(
    (other) => `./src/${other}`,
  ),
  message: `src/${folder} may only import from: ${[folder, ...allowed].join(', ')}`,
}));

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', 'test/clients', 'bench/build', 'bench/results'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
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
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/http/**', 'src/auth/**', 'src/simulator/**', 'src/openapi/**', 'src/app.setup.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'express', message: 'Express stays in src/http.' }] },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
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
    files: ['src/config/*.environment.ts'],
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
);
