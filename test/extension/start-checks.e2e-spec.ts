import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { IsInt, IsOptional, IsString, IsUrl, Max } from 'class-validator';
import { type Observable, of } from 'rxjs';
import {
  ApiKeyStrategy,
  type AuthRequest,
  AuthStrategy,
  type Caller,
  type ChatRequest,
  defineEnvironment,
  HttpUpstreamClient,
  IdGenerator,
  parseThinking,
  RandomIdGenerator,
  ReasoningParser,
  type ReasoningParserFamily,
  type ReasoningTurn,
  replacedPoints,
  ToolParser,
  type ToolParserFamily,
  type OpenOptions,
  type UpstreamAnswer,
  UpstreamClient,
  type UpstreamOptions,
} from '../../src/index.js';
import { checkNest } from '../../src/extension/check-nest.js';
import { extensionPoint } from '../../src/extension/extension-point.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { postJson } from '../support/http-client.js';
import { checkResponse } from '../support/lifecycle-oracle.js';

const TURN = { model: 'default', input: 'Reply exactly: pong' };

let gateways: TestApp[] = [];

async function start(
  extensions: (Type | DynamicModule)[],
  environment: Record<string, string> = {},
): Promise<TestApp> {
  const gateway = await createTestApp({ extensions, environment });
  gateways.push(gateway);
  return gateway;
}

/** What the start is refused with. */
const refusal = (...given: Parameters<typeof start>): Promise<string> =>
  start(...given).then(
    () => 'it has started',
    (error: unknown) => (error as Error).message,
  );

afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  gateways = [];
});

@Injectable()
class TokenStrategy extends AuthStrategy {
  override authenticate(request: AuthRequest): Caller {
    return { id: request.header('x-user') ?? 'nobody' };
  }
}

@Module({ providers: [{ provide: AuthStrategy, useClass: TokenStrategy }], exports: [AuthStrategy] })
class TokenModule {}

describe('an extension that would not do what it was written for', () => {
  @Module({ providers: [{ provide: AuthStrategy, useClass: TokenStrategy }] })
  class HiddenModule {}

  @Module({ imports: [TokenModule] })
  class OuterModule {}

  @Module({ providers: [TokenStrategy], exports: [TokenStrategy] })
  class OwnNameModule {}

  @Injectable({ scope: Scope.REQUEST })
  class FreshIds extends RandomIdGenerator {}

  @Module({ providers: [{ provide: IdGenerator, useClass: FreshIds }], exports: [IdGenerator] })
  class FreshModule {}

  @Module({ providers: [{ provide: IdGenerator, useFactory: () => undefined }], exports: [IdGenerator] })
  class NothingModule {}

  @Module({ providers: [{ provide: AuthStrategy, useClass: TokenStrategy }], exports: [AuthStrategy] })
  class SecondModule {}

  /** What a second copy of the package has in the place of AuthStrategy. */
  const { AuthStrategy: OtherCopy } = {
    AuthStrategy: class AuthStrategy {
      authenticate(): Caller {
        return { id: 'anyone' };
      }
    },
  };
  extensionPoint(OtherCopy, OtherCopy);
  class StrangeStrategy extends OtherCopy {}

  @Module({ providers: [{ provide: OtherCopy, useClass: StrangeStrategy }], exports: [OtherCopy] })
  class OtherCopyModule {}

  @Module({ providers: [StrangeStrategy], exports: [StrangeStrategy] })
  class OtherCopyOwnNameModule {}

  it.each<[string, Type[], string]>([
    [
      'does not export its strategy',
      [HiddenModule],
      'HiddenModule provides AuthStrategy without exporting it, so it would not be used: add exports: [AuthStrategy].',
    ],
    [
      'does not pass on the module with the strategy',
      [OuterModule],
      'TokenModule provides AuthStrategy, but the extension that imports it does not pass it on: add exports: [TokenModule] there.',
    ],
    [
      'provides its strategy under its own name',
      [OwnNameModule],
      'OwnNameModule provides TokenStrategy, which would not be used: write { provide: AuthStrategy, useClass: TokenStrategy } and add exports: [AuthStrategy].',
    ],
    [
      'is made for another copy of the package',
      [OtherCopyModule],
      'OtherCopyModule provides AuthStrategy of another copy of responses-gateway, which would not be used: have it import this one (npm dedupe).',
    ],
    [
      'is made for another copy of the package, and has a name of its own',
      [OtherCopyOwnNameModule],
      'OtherCopyOwnNameModule provides AuthStrategy of another copy of responses-gateway, which would not be used: have it import this one (npm dedupe).',
    ],
    [
      'makes ids anew for each request',
      [FreshModule],
      'FreshModule provides IdGenerator for each request anew: it has to be a singleton.',
    ],
    [
      'has a factory that returns nothing',
      [NothingModule],
      'NothingModule provides IdGenerator, but its factory returns undefined.',
    ],
    [
      'replaces what another one replaces',
      [TokenModule, SecondModule],
      'AuthStrategy is provided by TokenModule and SecondModule: only one extension can replace it, take the others out.',
    ],
  ])('should stop the start when it %s', async (_what, extensions, message) => {
    expect(await refusal(extensions)).toBe(message);
  });

  it('should be told of with all the others, a line each', async () => {
    expect(await refusal([HiddenModule, NothingModule])).toMatch(
      /^NothingModule provides .*\nHiddenModule provides .*$/,
    );
  });

  @ToolParser({ names: ['brackets', 'hermes'] })
  class BracketsParser implements ToolParserFamily {
    create(): never {
      throw new Error('not asked for');
    }
  }
  @Module({ providers: [BracketsParser] })
  class BracketsModule {}

  @ReasoningParser({ names: ['mistral'] })
  class OtherMistralParser implements ReasoningParserFamily {
    create({ unclosed }: ReasoningTurn) {
      return parseThinking({ open: '[T]', close: '[/T]', startsInside: false, unclosed });
    }
  }
  @Module({ providers: [OtherMistralParser] })
  class OtherMistralModule {}

  it.each<[string, Type, RegExp]>([
    [
      'tool',
      BracketsModule,
      /^TOOL_CALL_PARSER=hermes could mean (HermesParser or BracketsParser|BracketsParser or HermesParser): give one of them another name$/,
    ],
    [
      'reasoning',
      OtherMistralModule,
      /^REASONING_PARSER=mistral could mean (\w+MistralParser or MistralReasoningParser|MistralReasoningParser or OtherMistralParser): give one of them another name$/,
    ],
  ])('should stop the start when its %s parser has the name of another', async (_kind, module, message) => {
    // Nothing is asked of it: no simulator is left running.
    const environment = { UPSTREAM_BASE_URL: 'http://127.0.0.1:9' };
    expect(await refusal([module], environment)).toMatch(message);
  });

  @ToolParser({ names: ['shared-by-two'] })
  class SharedParser extends BracketsParser {}
  @Module({ providers: [SharedParser] })
  class FirstUser {}
  @Module({ providers: [SharedParser] })
  class SecondUser {}

  it('should not stop the start when two modules provide the same parser', async () => {
    await expect(
      start([FirstUser, SecondUser], { TOOL_CALL_PARSER: 'shared-by-two' }),
    ).resolves.toBeDefined();
  });
});

describe('an extension that is in force', () => {
  it('should be found with what it replaces', async () => {
    const { app } = await start([TokenModule]);
    expect(replacedPoints(app)).toEqual([
      { point: 'AuthStrategy', by: 'TokenStrategy', module: 'TokenModule' },
    ]);
    expect(replacedPoints((await start([])).app)).toEqual([]);
  });

  it('should be in force when the module that provides it is passed on', async () => {
    @Module({ imports: [TokenModule], exports: [TokenModule] })
    class PassingModule {}
    const { url, app } = await start([PassingModule], { API_KEYS: 'a-key' });
    expect(replacedPoints(app)).toHaveLength(1);
    expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
  });
});

describe('an extension that wraps a default', () => {
  @Injectable()
  class TokenElseKeyStrategy extends AuthStrategy {
    constructor(private readonly keys: ApiKeyStrategy) {
      super();
    }
    override authenticate(request: AuthRequest): Caller {
      const user = request.header('x-user');
      return user === undefined ? this.keys.authenticate(request) : { id: user };
    }
  }
  @Module({ providers: [{ provide: AuthStrategy, useClass: TokenElseKeyStrategy }], exports: [AuthStrategy] })
  class TokenElseKeyModule {}

  it('should fall back to API keys', async () => {
    const { url } = await start([TokenElseKeyModule], { API_KEYS: 'a-key' });
    const ask = async (headers: Record<string, string>) =>
      (await postJson(`${url}/v1/responses`, TURN, headers)).status;
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer a-key' })).toBe(200);
    expect(await ask({ 'x-user': 'ada' })).toBe(200);
  });

  @Module({})
  class ClientModule {}

  @Injectable()
  class CountingClient extends HttpUpstreamClient {}

  @Injectable()
  class TaggingClient extends UpstreamClient {
    readonly asked: string[] = [];
    constructor(private readonly inner: HttpUpstreamClient) {
      super();
    }
    override get name(): string {
      return `tagged ${this.inner.name}`;
    }
    override open(request: ChatRequest, options: OpenOptions): Observable<UpstreamAnswer> {
      this.asked.push(request.model);
      return this.inner.open(request, options);
    }
    override listModels(options?: UpstreamOptions) {
      return this.inner.listModels(options);
    }
    override isReady() {
      return this.inner.isReady();
    }
  }

  it.each<[string, Type<UpstreamClient>]>([
    ['given it', TaggingClient],
    ['made of it', CountingClient],
  ])('should reach the simulator through the HTTP client it is %s', async (_how, Client) => {
    const { url, app } = await start([
      {
        module: ClientModule,
        providers: [{ provide: UpstreamClient, useClass: Client }],
        exports: [UpstreamClient],
      },
    ]);
    const { body } = await postJson(`${url}/v1/responses`, TURN);
    checkResponse(body);
    expect(body).toMatchObject({ output_text: 'pong' });
    expect(replacedPoints(app)).toMatchObject([{ by: Client.name }]);
  });

  it('should need no model server in production when it has a way of its own', async () => {
    class Canned extends UpstreamClient {
      override readonly name = 'canned';
      override open(): Observable<UpstreamAnswer> {
        const chunk = { choices: [{ index: 0, delta: { content: 'pong' }, finish_reason: 'stop' }] };
        return of({ upstream: this.name, chunks: of(chunk) });
      }
      override listModels() {
        return Promise.resolve([{ id: 'canned', object: 'model' as const, created: 0, owned_by: 'me' }]);
      }
      override isReady() {
        return Promise.resolve(true);
      }
    }
    const module = {
      module: ClientModule,
      providers: [{ provide: UpstreamClient, useClass: Canned }],
      exports: [UpstreamClient],
    };
    const { url } = await start([module], { NODE_ENV: 'production' });
    const { body } = await postJson(`${url}/v1/responses`, TURN);
    expect(body).toMatchObject({ model: 'canned', output_text: 'pong' });
  });
});

describe('variables of an extension', () => {
  class QuotaEnvironment {
    @IsUrl({ require_tld: false })
    QUOTA_URL!: string;

    // eslint-disable-next-line @typescript-eslint/no-inferrable-types -- without it the text is not converted
    @IsInt()
    @Max(1000)
    QUOTA_LIMIT: number = 10;

    @IsOptional()
    @IsString()
    QUOTA_TOKEN?: string;
  }

  @Module({ providers: [defineEnvironment(QuotaEnvironment)], exports: [QuotaEnvironment] })
  class QuotaModule {}

  const GIVEN = { QUOTA_URL: 'http://quota.internal:9000', QUOTA_TOKEN: ' ', OTHER: 'x' };

  it('should be injected with their types and defaults', async () => {
    const { app } = await start([QuotaModule], { ...GIVEN, QUOTA_LIMIT: '250' });
    const quota = app.get(QuotaEnvironment, { strict: false });
    expect(quota).toBeInstanceOf(QuotaEnvironment);
    expect(quota).toMatchObject({ QUOTA_URL: 'http://quota.internal:9000', QUOTA_LIMIT: 250 });
    expect(quota.QUOTA_TOKEN).toBeUndefined();
    const second = await start([QuotaModule], GIVEN);
    expect(second.app.get(QuotaEnvironment, { strict: false }).QUOTA_LIMIT).toBe(10);
  });

  it("should be checked together with the gateway's, and their secrets not shown", async () => {
    class SecretEnvironment {
      @IsInt()
      QUOTA_PASSWORD!: number;
    }
    @Module({ providers: [defineEnvironment(SecretEnvironment)] })
    class SecretModule {}
    const environment = { PORT: 'x', QUOTA_LIMIT: '5000', QUOTA_PASSWORD: 'hunter2' };
    const lines = (await refusal([QuotaModule, SecretModule], environment)).split('\n');
    expect(lines).toEqual([
      'Invalid environment:',
      expect.stringMatching(/^ {2}PORT=x: /),
      expect.stringMatching(/^ {2}QUOTA_URL=undefined: must be a URL address$/),
      '  QUOTA_LIMIT=5000: must not be greater than 1000',
      expect.stringMatching(/^ {2}QUOTA_PASSWORD=\(hidden\): must be an integer/),
    ]);
  });
});

describe('the installed NestJS', () => {
  let folder: string;
  const install = (path: string, version: string): void => {
    const core = join(folder, path, 'node_modules/@nestjs/core');
    mkdirSync(core, { recursive: true });
    writeFileSync(join(core, 'package.json'), JSON.stringify({ name: '@nestjs/core', version }));
  };
  const GATEWAY = 'node_modules/responses-gateway';
  const check = (): void => {
    checkNest(join(folder, GATEWAY, 'index.js'), join(folder, 'main.js'));
  };

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'nest-copies-')));
    mkdirSync(join(folder, GATEWAY), { recursive: true });
    writeFileSync(join(folder, 'main.js'), '');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('should be taken when it is one copy of the right major version', () => {
    install('', '12.9.0');
    expect(check).not.toThrow();
    // As `node main` and Nest's CLI start it.
    expect(() => {
      checkNest(join(folder, GATEWAY, 'index.js'), join(folder, 'main'));
    }).not.toThrow();
  });

  it('should stop the start when it is another major version', () => {
    install('', '11.1.0');
    expect(check).toThrow(
      `responses-gateway needs NestJS 12, and @nestjs/core 11.1.0 is installed (${folder}/node_modules/@nestjs/core/package.json): npm install @nestjs/core@12 `,
    );
  });

  it('should stop the start when the gateway has a copy of its own', () => {
    install('', '12.1.0');
    install(GATEWAY, '12.5.0');
    expect(check).toThrow(
      /^@nestjs\/core is installed twice, 12\.1\.0 for your code \(\S+\) and 12\.5\.0 for responses-gateway \(\S+\): run npm dedupe, or npm install @nestjs\/core@12\.5\.0$/,
    );
  });
});
