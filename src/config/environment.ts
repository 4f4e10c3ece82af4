import { plainToInstance, Transform, type TransformFnParams } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateBy,
  validateSync,
} from 'class-validator';
import { IsEncryptionKeys } from './encryption-keys.js';
import { MODEL_PRESET_NAMES, type ModelPresetName, TOOL_CALL_MODES } from './model-profile.js';
import { MAX_WORKERS, readWorkerCount } from './worker-count.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const REASONING_OUTPUTS = ['summary', 'text', 'open-responses', 'off'] as const;
const STRICT_OUTPUT_MODES = ['off', 'warn', 'fail'] as const;
const MAX_TIMER_MS = 2_147_483_647;

const Flag = (): PropertyDecorator =>
  // The text as given: `value` has already been through the implicit conversion, to which any text is true.
  Transform(({ obj, key }: TransformFnParams) => {
    const value = (obj as Record<string, unknown>)[key];
    if (typeof value !== 'string') return value;
    if (/^(true|1|yes|on)$/i.test(value)) return true;
    return /^(false|0|no|off)$/i.test(value) ? false : value;
  });

const Milliseconds =
  (minimum: number): PropertyDecorator =>
  (target, key) => {
    IsInt()(target, key);
    Min(minimum)(target, key);
    Max(MAX_TIMER_MS)(target, key);
  };

const WorkerCount = (): PropertyDecorator => (target, key) => {
  Transform(({ obj, value }: TransformFnParams) => {
    const given = (obj as Record<PropertyKey, unknown>)[key];
    return typeof given === 'string' ? readWorkerCount(given) : (value as unknown);
  })(target, key);
  ValidateBy({
    name: 'isWorkerCount',
    validator: {
      validate: (value: unknown) =>
        Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_WORKERS,
      defaultMessage: () => `must be a whole number from 1 to ${MAX_WORKERS}, or auto`,
    },
  })(target, key);
};

/**
 * Every environment variable of the gateway: name, type, default and range.
 * README's table and `.env.example` list the same; a test compares them.
 */
export class Environment {
  /** Address to listen on. */
  @IsString()
  HOST: string = '127.0.0.1';

  /** Port to listen on; 0 takes a free one. */
  @IsInt()
  @Min(0)
  @Max(65535)
  PORT: number = 8080;

  /** Processes that share the port; `auto`: one a processor. 1 is a single process without a primary. */
  @WorkerCount()
  WORKERS: number = 1;

  /** Model server, with or without `/v1`. Empty: the built-in simulator. */
  @IsOptional()
  @IsUrl({
    require_tld: false,
    protocols: ['http', 'https'],
    require_protocol: true,
    allow_query_components: false,
  })
  UPSTREAM_BASE_URL?: string;

  /** Key the gateway presents to the model server. */
  @IsOptional()
  @IsString()
  UPSTREAM_API_KEY?: string;

  /** Hand the caller's Authorization header to the model server instead of UPSTREAM_API_KEY. */
  @Flag()
  @IsBoolean()
  UPSTREAM_PASS_AUTHORIZATION: boolean = false;

  /** What kind of server the upstream is: sets roles, field names and effort values. */
  @IsIn(MODEL_PRESET_NAMES)
  UPSTREAM_PRESET: ModelPresetName = 'lmdeploy';

  /** Time to open a connection to the model server, ms. */
  @Milliseconds(1)
  UPSTREAM_CONNECT_TIMEOUT_MS: number = 5_000;

  /** Time until the model server's response headers, ms (non-streamed: the whole generation). */
  @Milliseconds(1)
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: number = 600_000;

  /** Longest silence inside an answer, ms. */
  @Milliseconds(1)
  UPSTREAM_IDLE_TIMEOUT_MS: number = 300_000;

  /** Longest whole answer, ms. */
  @Milliseconds(1)
  UPSTREAM_TOTAL_TIMEOUT_MS: number = 3_600_000;

  /** How long an idle upstream connection is kept, ms; LMDeploy closes its side after 5 s. */
  @Milliseconds(1)
  UPSTREAM_KEEP_ALIVE_MS: number = 4_000;

  /** Connections to the model server; 0 is no limit. */
  @IsInt()
  @Min(0)
  UPSTREAM_MAX_CONNECTIONS: number = 0;

  /** Largest non-streamed answer and largest single stream line accepted from the model server, bytes. */
  @IsInt()
  @Min(1024)
  UPSTREAM_MAX_ANSWER_BYTES: number = 67_108_864;

  /** How long the model list is remembered, ms. */
  @Milliseconds(0)
  MODELS_CACHE_TTL_MS: number = 10_000;

  /** Further model names, as `alias=model` pairs separated by commas. */
  @IsOptional()
  @Matches(/^\s*[^=,\s]+\s*=\s*[^=,\s]+\s*(,\s*[^=,\s]+\s*=\s*[^=,\s]+\s*)*$/, {
    message: 'must be alias=model pairs separated by commas',
  })
  MODEL_ALIASES?: string;

  /** YAML file that describes models: names, aliases, what each can do. Changes are taken over while running. */
  @IsOptional()
  @IsString()
  MODELS_FILE?: string;

  /** How often a turn is asked again when a required tool call did not come. */
  @IsInt()
  @Min(0)
  @Max(3)
  TOOL_CHOICE_RETRIES: number = 1;

  /** What happens when text breaks a strict JSON schema: `off`, `warn` (header and log) or `fail` (502, response.failed). */
  @IsIn(STRICT_OUTPUT_MODES)
  STRICT_OUTPUT: (typeof STRICT_OUTPUT_MODES)[number] = 'warn';

  /** Tool parser that reads calls from the model's raw text; `auto`: by the model's name. Empty: the model server parses them. */
  @IsOptional()
  @IsString()
  TOOL_CALL_PARSER?: string;

  /**
   * `upstream`: the model server parses calls; `raw`: the gateway does, with TOOL_CALL_PARSER; `prompt`: the gateway also tells the
   * model of its tools; `auto`: as `upstream`, until the server says that it has no parser.
   */
  @IsOptional()
  @IsIn(TOOL_CALL_MODES)
  TOOL_CALLS?: (typeof TOOL_CALL_MODES)[number];

  /** Reasoning parser that reads reasoning from the model's raw text; `auto`: by the model's name. Empty: the model server does. */
  @IsOptional()
  @IsString()
  REASONING_PARSER?: string;

  /** How reasoning is shown: `summary` (every client), `text`, `open-responses` or `off`. */
  @IsIn(REASONING_OUTPUTS)
  REASONING_OUTPUT: (typeof REASONING_OUTPUTS)[number] = 'summary';

  /**
   * Key for `encrypted_content` (reasoning and compactions that clients keep): 32 bytes in hex or base64. With several, separated
   * by commas, the first seals and all open. Empty: a random one, lost at the next start.
   */
  @IsOptional()
  @IsEncryptionKeys()
  ENCRYPTION_KEY?: string;

  /** Keys that open /v1, separated by commas; each plain or `sha256:<hex>`. Empty together with API_KEYS_FILE: open. */
  @IsOptional()
  @IsString()
  API_KEYS?: string;

  /** File with one key a line, plain or `sha256:<hex>`; `#` starts a comment. */
  @IsOptional()
  @IsString()
  API_KEYS_FILE?: string;

  /** Largest request body, bytes. */
  @IsInt()
  @Min(1)
  BODY_LIMIT_BYTES: number = 33_554_432;

  /** Pause after which a silent stream gets a keep-alive comment, ms; 0 turns it off. */
  @Milliseconds(0)
  KEEP_ALIVE_INTERVAL_MS: number = 15_000;

  /** WebSocket on GET /v1/responses; off: the upgrade is answered 426. */
  @Flag()
  @IsBoolean()
  WEBSOCKET_ENABLED: boolean = true;

  /** Longest life of a WebSocket connection, ms; a running turn is finished first. */
  @Milliseconds(1)
  WEBSOCKET_MAX_AGE_MS: number = 3_600_000;

  /** Pause between pings on a WebSocket connection, ms; a peer that leaves one unanswered is dropped; 0 turns it off. */
  @Milliseconds(0)
  WEBSOCKET_PING_INTERVAL_MS: number = 30_000;

  /** How long running answers may go on after SIGTERM, ms. */
  @Milliseconds(0)
  SHUTDOWN_GRACE_MS: number = 30_000;

  /** How much is logged. */
  @IsIn(LOG_LEVELS)
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** Serve the OpenAPI description on /docs. */
  @Flag()
  @IsBoolean()
  DOCS_ENABLED: boolean = true;

  /** Start the built-in simulator even with NODE_ENV=production. */
  @Flag()
  @IsBoolean()
  SIMULATOR_ENABLED: boolean = false;

  /** Node's usual marker; `production` refuses to start without an upstream. */
  @IsOptional()
  @IsString()
  NODE_ENV?: string;
}

/** The names of all variables, for the documentation test. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.keys(
  plainToInstance(Environment, {}, { exposeDefaultValues: true }),
);

/**
 * Reads and checks the environment.
 *
 * @param raw variables by name; empty and blank strings count as absent
 * @throws Error naming every variable with a wrong value
 */
export function parseEnvironment(raw: Record<string, unknown>): Environment {
  const given = Object.fromEntries(
    Object.entries(raw).filter(
      ([, value]) => value !== undefined && !(typeof value === 'string' && value.trim() === ''),
    ),
  );
  const environment = plainToInstance(Environment, given, {
    enableImplicitConversion: true,
    exposeDefaultValues: true,
  });
  const problems = validateSync(environment, { forbidUnknownValues: true }).map(
    ({ property, constraints }) =>
      `  ${property}=${describe(property, given[property])}: ${Object.values(constraints ?? {})
        .map((text) => text.replace(`${property} `, ''))
        .join('; ')}`,
  );
  if (problems.length > 0) throw new Error(`Invalid environment:\n${problems.join('\n')}`);
  const { TOOL_CALLS, TOOL_CALL_PARSER } = environment;
  if ((TOOL_CALLS === 'raw' || TOOL_CALLS === 'prompt') && !TOOL_CALL_PARSER) {
    throw new Error(
      `Invalid environment:\n  TOOL_CALL_PARSER: must name a parser, or be auto, when TOOL_CALLS=${TOOL_CALLS}`,
    );
  }
  return environment;
}

function describe(property: string, value: unknown): string {
  return property.includes('KEY') ? '(hidden)' : String(value);
}
