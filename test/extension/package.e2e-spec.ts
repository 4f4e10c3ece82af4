import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { jest } from '@jest/globals';
import { GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson } from '../support/http-client.js';
import { compile, execute, installPacked, type Outcome } from '../support/packed-project.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const TURN = { model: 'default', input: 'Reply exactly: pong' };

/** A stranger's extension, in TypeScript. */
const ACME = `
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { IsInt, Min } from 'class-validator';
import {
  ApiKeyStrategy,
  type AuthRequest,
  AuthStrategy,
  type Caller,
  CurrentCaller,
  defineEnvironment,
  GatewayError,
  parseCalls,
  ToolParser,
  type ToolParserFamily,
  type ToolTable,
} from 'responses-gateway';

export class AcmeEnvironment {
  @IsInt()
  @Min(1)
  ACME_LIMIT: number = 3;
}

@Injectable()
export class AcmeStrategy extends AuthStrategy {
  constructor(private readonly keys: ApiKeyStrategy, private readonly environment: AcmeEnvironment) {
    super();
  }

  override async authenticate(request: AuthRequest): Promise<Caller> {
    const user = request.header('x-acme-user');
    if (user === undefined) return this.keys.authenticate(request);
    if (user.length > this.environment.ACME_LIMIT) throw new GatewayError('permission_denied');
    return { id: user };
  }
}

@ToolParser({ names: ['acme'] })
export class AcmeParser implements ToolParserFamily {
  create(tools: ToolTable) {
    return parseCalls(tools, {
      markers: ['=> '],
      *read(reader) {
        yield* reader.call(yield* reader.name(/[\\s{]/g));
      },
    });
  }
}

@Controller('acme')
export class AcmeController {
  @Get()
  who(@CurrentCaller() caller: Caller | null): Caller | null {
    return caller;
  }
}

@Module({
  controllers: [AcmeController],
  providers: [defineEnvironment(AcmeEnvironment), { provide: AuthStrategy, useClass: AcmeStrategy }, AcmeParser],
  exports: [AuthStrategy],
})
export class AcmeModule {}
`;

jest.setTimeout(400_000);

const built = useBuiltGateway();
let folder: string;
let processes: GatewayProcess[] = [];

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gateway-package-')));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await Promise.all(processes.map((gateway) => gateway.kill()));
  processes = [];
});

/** Runs a module in the project of the stranger, or in another folder. */
const script = (text: string, cwd = join(folder, 'project')): Promise<Outcome> =>
  execute(process.execPath, ['--input-type=module', '--eval', text], cwd);

describe('the packed gateway', () => {
  const project = (...path: string[]): string => join(folder, 'project', ...path);
  let packed: string[];

  beforeAll(() => {
    packed = installPacked(built.folder, project());
    writeFileSync(project('package.json'), '{"name":"acme","type":"module"}');
    writeFileSync(project('acme.extension.ts'), ACME);
  });

  const compileAcme = (...options: string[]): Promise<Outcome> =>
    compile(project(), [
      ...'--ignoreConfig --strict --target es2022 --types node --experimentalDecorators --emitDecoratorMetadata'.split(
        ' ',
      ),
      ...options,
      'acme.extension.ts',
    ]);

  it('should hold the compiled code with its types, what pages are made of, and nothing else', () => {
    expect(packed).toEqual(
      expect.arrayContaining(['package.json', 'dist/index.js', 'dist/index.d.ts', 'dist/main.js']),
    );
    const odd = packed.filter(
      (path) =>
        path !== 'package.json' &&
        !/^(dist\/.*\.(m?js|d\.m?ts)|dist\/(playground\/page|openapi\/assets)\/.*|openapi\/.*|schema\/.*)$/.test(
          path,
        ),
    );
    expect(odd).toEqual([]);
  });

  it('should be imported by its name, and by no path within it', async () => {
    const text =
      "import { AppModule, createGateway } from 'responses-gateway'; console.log(typeof createGateway, typeof AppModule.register);";
    expect(await script(text)).toEqual({ code: 0, output: 'function function\n' });
    const deep = await script("await import('responses-gateway/dist/app.module.js');");
    expect(deep.code).toBe(1);
    expect(deep.output).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('should be started by a project of its own', async () => {
    const { code, output } = await script(`
      import { AppModule, createGateway } from 'responses-gateway';
      const app = await createGateway(AppModule.register({ environment: { LOG_LEVEL: 'silent', DATABASE_URL: 'none' } }));
      await app.listen(0, '127.0.0.1');
      const response = await fetch(\`\${await app.getUrl()}/v1/responses\`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '${JSON.stringify(TURN)}',
      });
      console.log((await response.json()).output_text);
      await app.close();
    `);
    expect({ code, output }).toEqual({ code: 0, output: 'pong\n' });
  });

  it('should have types under moduleResolution bundler', async () => {
    const options = ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit', '--skipLibCheck'];
    expect(await compileAcme(...options)).toEqual({ code: 0, output: '' });
  });

  it('should have types under nodenext, and run what was compiled against them', async () => {
    expect(await compileAcme('--module', 'nodenext', '--skipLibCheck')).toEqual({ code: 0, output: '' });
    const gateway = new GatewayProcess(
      {
        folder: project(),
        main: project('node_modules/.bin/responses-gateway'),
        remove: () => undefined,
      },
      { EXTENSIONS: './acme.extension.js', API_KEYS: 'a-key', TOOL_CALL_PARSER: 'acme' },
    );
    processes.push(gateway);
    const url = await gateway.listening();
    expect(gateway.stdout).toContain('AuthStrategy by AcmeStrategy (AcmeModule)');
    expect((await getJson(`${url}/acme`, { 'x-acme-user': 'ada' })).body).toEqual({ id: 'ada' });
    expect((await getJson(`${url}/acme`, { 'x-acme-user': 'much too long' })).status).toBe(403);
    expect((await getJson(`${url}/acme`)).status).toBe(401);
    const answer = await postJson(`${url}/v1/responses`, TURN, { authorization: 'Bearer a-key' });
    expect(answer.body).toMatchObject({ output_text: 'pong' });
  });

  it('should be a command for npx', async () => {
    const { code, output } = await execute('npx', ['--no', 'responses-gateway'], project(), { PORT: 'none' });
    expect(code).toBe(1);
    expect(output).toMatch(/PORT=\S+: /);
  });
});

describe('EXTENSIONS', () => {
  /** Plain JavaScript in a folder from which no package can be found. */
  function mount(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  const GUARD = `
    import { Module } from '@nestjs/common';
    import { APP_GUARD } from '@nestjs/core';
    import { IsOptional } from 'class-validator';
    import { GatewayError, requestContextOf } from 'responses-gateway';
    if (typeof IsOptional !== 'function') throw new Error('no class-validator');
    class Guard {
      canActivate(context) {
        if (requestContextOf(context).header('x-mood') !== 'bad') return true;
        throw new GatewayError('permission_denied', { message: 'Not in this mood.' });
      }
    }
  `;
  const NAMED = `${GUARD}
    class MoodModule {}
    Module({ providers: [{ provide: APP_GUARD, useClass: Guard }] })(MoodModule);
    export { Guard, MoodModule };
  `;
  const BY_FUNCTION = `${GUARD}
    class MoodModule {}
    export default async () => ({ module: MoodModule, providers: [{ provide: APP_GUARD, useClass: Guard }] });
  `;

  it.each([
    ['an exported module', NAMED],
    ['a function that returns a module', BY_FUNCTION],
  ])('should extend the gateway by a mounted file with %s', async (_what, text) => {
    const gateway = built.run({ EXTENSIONS: ` ${mount('mood.mjs', text)} ,` });
    const url = await gateway.listening();
    const refused = await postJson(`${url}/v1/responses`, TURN, { 'x-mood': 'bad' });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({
      error: { message: 'Not in this mood.', code: 'permission_denied' },
    });
    expect((await postJson(`${url}/v1/responses`, TURN)).body).toMatchObject({ output_text: 'pong' });
  });

  it('should be read from .env too, and take a path from the working directory and a package', async () => {
    const names = (name: string): string => `
      import { Controller, Get, Module } from '@nestjs/common';
      import { Public } from 'responses-gateway';
      class Names { say() { return '${name}'; } }
      Controller('${name}')(Names);
      Public()(Names);
      Get()(Names.prototype, 'say', Object.getOwnPropertyDescriptor(Names.prototype, 'say'));
      export default class NamesModule {}
      Module({ controllers: [Names] })(NamesModule);
    `;
    const cwd = join(folder, 'deployment');
    mkdirSync(join(cwd, 'node_modules/acme-names'), { recursive: true });
    writeFileSync(join(cwd, 'file.js'), names('from-file'));
    writeFileSync(
      join(cwd, 'node_modules/acme-names/package.json'),
      '{"name":"acme-names","type":"module","exports":"./index.js"}',
    );
    writeFileSync(join(cwd, 'node_modules/acme-names/index.js'), names('from-package'));
    writeFileSync(join(cwd, '.env'), 'EXTENSIONS=file.js,acme-names\n');
    const gateway = new GatewayProcess({
      folder: cwd,
      main: join(built.folder, 'dist/main.js'),
      remove: () => undefined,
    });
    processes.push(gateway);
    const url = await gateway.listening();
    for (const name of ['from-file', 'from-package'])
      expect((await getJson(`${url}/${name}`)).raw).toContain(name);
  });

  const MODULE = "import { Module } from '@nestjs/common'; export class A {} Module({ providers: [] })(A);";

  const FAULTY: [string, string, string | null, RegExp][] = [
    ['is not there', 'nowhere.js', null, /^EXTENSIONS: \S+nowhere\.js does not exist \(looked for \S+\)$/],
    [
      'is TypeScript',
      'acme.ts',
      MODULE,
      /^EXTENSIONS: \S+acme\.ts is TypeScript; compile it and name the JavaScript file$/,
    ],
    [
      'has no module',
      'none.mjs',
      'export class A {} export const b = () => 1;',
      /^EXTENSIONS: \S+none\.mjs has no Nest module: it exports none; export a class marked with @Module\(\), or a DynamicModule$/,
    ],
    [
      'has a default export that is no module',
      'default.mjs',
      `${MODULE} export default 1;`,
      /^EXTENSIONS: \S+default\.mjs has no Nest module: its default export is none; /,
    ],
    [
      'throws',
      'throws.mjs',
      "throw new Error('no licence\\nfound');",
      /^EXTENSIONS: \S+throws\.mjs could not be loaded: no licence$/,
    ],
    [
      'has a function that throws',
      'fails.mjs',
      "export default () => { throw new Error('no licence'); };",
      /^EXTENSIONS: \S+fails\.mjs could not be loaded: no licence$/,
    ],
    [
      'imports what is not there',
      'imports.mjs',
      "import 'not-installed-anywhere';",
      /^EXTENSIONS: \S+imports\.mjs could not be loaded: Cannot find package 'not-installed-anywhere' imported from \S+imports\.mjs$/,
    ],
    [
      'imports from within the gateway',
      'deep.mjs',
      "import 'responses-gateway/dist/serve.js';",
      /^EXTENSIONS: \S+deep\.mjs could not be loaded: Package subpath '\.\/dist\/serve\.js' is not defined/,
    ],
  ];
  /** What loading each of them is refused with, by name; asked of one process, since each would take its time to start. */
  let refusals: Record<string, string>;

  beforeAll(async () => {
    const names = FAULTY.map(([, name]) => name);
    for (const [, name, text] of FAULTY) if (text !== null) mount(name, text);
    const loader = pathToFileURL(join(built.folder, 'dist/extension/load-extensions.js')).href;
    const { output } = await script(
      `
      import { loadExtensions } from '${loader}';
      const refusals = {};
      for (const name of ${JSON.stringify(names)})
        await loadExtensions('${folder}/' + name).catch((error) => (refusals[name] = error.message));
      console.log(JSON.stringify(refusals));
    `,
      folder,
    );
    refusals = JSON.parse(output) as Record<string, string>;
  });

  it.each(FAULTY)('should be refused when a file %s', (_what, name, _text, line) => {
    expect(refusals[name]).toMatch(line);
  });

  it('should stop the start in one line', async () => {
    const gateway = built.run({ EXTENSIONS: `${mount('good.mjs', NAMED)},not-installed-anywhere` });
    expect(await gateway.exited).toBe(1);
    expect(gateway.stderr).toMatch(
      /^EXTENSIONS: not-installed-anywhere could not be loaded: Cannot find package [^\n]+\n$/,
    );
    expect(gateway.stdout).toBe('');
  });
});
