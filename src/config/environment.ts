import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { AuthEnvironment } from './auth.environment.js';
import { GatewayFileEnvironment } from './gateway-file.environment.js';
import { invalidEnvironment } from './invalid-environment.js';
import { findTokenFaults, JwtEnvironment } from './jwt.environment.js';
import { LimitsEnvironment } from './limits.environment.js';
import { McpEnvironment } from './mcp.environment.js';
import { MediaEnvironment } from './media.environment.js';
import { ModelsEnvironment } from './models.environment.js';
import { ObservabilityEnvironment } from './observability.environment.js';
import { PassthroughEnvironment } from './passthrough.environment.js';
import { PlaygroundEnvironment } from './playground.environment.js';
import { PromptsEnvironment } from './prompts.environment.js';
import { SealingEnvironment } from './sealing.environment.js';
import { fileOf, findDoubles, nameGiven, readSecretFiles } from './secret-files.js';
import { ServerEnvironment } from './server.environment.js';
import { StateEnvironment } from './state.environment.js';
import { TranslationEnvironment } from './translation.environment.js';
import { TransportEnvironment } from './transport.environment.js';
import { UpstreamsEnvironment } from './upstreams.environment.js';

/** One a feature. */
const PARTS = [
  TransportEnvironment,
  LimitsEnvironment,
  UpstreamsEnvironment,
  GatewayFileEnvironment,
  ModelsEnvironment,
  PassthroughEnvironment,
  TranslationEnvironment,
  MediaEnvironment,
  McpEnvironment,
  PromptsEnvironment,
  SealingEnvironment,
  StateEnvironment,
  AuthEnvironment,
  JwtEnvironment,
  ObservabilityEnvironment,
  PlaygroundEnvironment,
  ServerEnvironment,
] as const;

type Intersection<Union> = (Union extends unknown ? (part: Union) => void : never) extends (
  part: infer All,
) => void
  ? All
  : never;

/**
 * Every environment variable of the gateway: name, type, default and range.
 * docs/configuration.md and `.env.example` list the same; a test compares them.
 * @public
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-extraneous-class -- the constructor assigns what the interface says
export class Environment {
  constructor() {
    for (const Part of PARTS) Object.assign(this, new Part());
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- as above
export interface Environment extends Intersection<InstanceType<(typeof PARTS)[number]>> {}

/** Variables of earlier versions, and what took their place. To start without what they say would surprise. */
const SUCCESSORS: Readonly<Record<string, string>> = { MODELS_FILE: 'CONFIG_FILE' };

const HIDDEN = '(hidden)';
const SECRET = /KEY|SECRET|TOKEN|PASS|PWD|CREDENTIAL|HEADERS/;
/** User, password and query. */
const URL_SECRETS = /(?<=:\/\/)[^/?#]*(?=@)|(?<=:\/\/[^?]*\?).*/g;

/** The names of all variables. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.keys(new Environment());

/** The environment of the gateway and those of its extensions. */
export class CheckedVariables {
  constructor(
    readonly environment: Environment,
    private readonly ofExtensions: ReadonlyMap<Type<object>, object>,
  ) {}

  /** The variables of a class that an extension has defined. */
  of<T extends object>(Part: Type<T>): T {
    return this.ofExtensions.get(Part) as T;
  }
}

/** Reads and checks the environment of the gateway alone. @throws as {@link checkVariables} */
export function parseEnvironment(raw: Record<string, unknown>): Environment {
  return checkVariables(raw, []).environment;
}

/**
 * Reads and checks the environment.
 *
 * @param raw variables by name; empty and blank strings count as absent
 * @param extensions classes of further variables
 * @throws Error naming every variable with a wrong value
 */
export function checkVariables(
  raw: Record<string, unknown>,
  extensions: readonly Type<object>[],
): CheckedVariables {
  const given = Object.fromEntries(
    Object.entries(raw).filter(
      ([, value]) => value !== undefined && !(typeof value === 'string' && value.trim() === ''),
    ),
  );
  const values = { ...given, ...readSecretFiles(given) };
  const parts = PARTS.map((Part) => readPart(Part, values));
  const environment = Object.assign(new Environment(), ...parts) as Environment;
  const ofExtensions = new Map(extensions.map((Part) => [Part, readPart(Part, given)]));
  const faults = [
    ...[...parts, ...ofExtensions.values()]
      .flatMap((part) => validateSync(part, { forbidUnknownValues: false }))
      .map((error) => describeFault(error, given)),
    ...findDoubles(given).map((name) => `${fileOf(name)}: must not be set together with ${name}`),
    ...findMissingParser(environment),
    ...findFormer(given),
    ...findTokenFaults(environment),
    ...findPortClash(environment),
  ];
  if (faults.length > 0) throw invalidEnvironment(...faults);
  return new CheckedVariables(environment, ofExtensions);
}

/** Of the variables only those that the part declares. */
function readPart(Part: Type<object>, given: Record<string, unknown>): object {
  const own = namesOf(Part).filter((name) => name in given);
  return plainToInstance(Part, Object.fromEntries(own.map((name) => [name, given[name]])), {
    enableImplicitConversion: true,
    exposeDefaultValues: true,
  });
}

/** Compilers may leave out a field without a default: its validators name it all the same. */
export function namesOf(Part: Type<object>): string[] {
  const checked = getMetadataStorage().getTargetValidationMetadatas(Part, '', false, false);
  return [...new Set([...Object.keys(new Part()), ...checked.map(({ propertyName }) => propertyName)])];
}

function findMissingParser({ TOOL_CALLS, TOOL_CALL_PARSER }: Environment): string[] {
  if (TOOL_CALL_PARSER || (TOOL_CALLS !== 'raw' && TOOL_CALLS !== 'prompt')) return [];
  return [`TOOL_CALL_PARSER: must name a parser, or be auto, when TOOL_CALLS=${TOOL_CALLS}`];
}

/** The metrics listen first: the API would be told that another process has its port. */
function findPortClash({ HOST, PORT, METRICS_HOST = HOST, METRICS_PORT }: Environment): string[] {
  const isSame = METRICS_PORT === PORT && METRICS_HOST === HOST && PORT !== 0;
  return isSame ? [`METRICS_PORT=${PORT}: is that of the API (PORT)`] : [];
}

function findFormer(given: Record<string, unknown>): string[] {
  const former = Object.entries(SUCCESSORS).filter(([name]) => name in given);
  return former.map(([name, successor]) => `${name}: is now ${successor}, which takes the same file`);
}

function describeFault({ property, constraints }: ValidationError, given: Record<string, unknown>): string {
  const name = nameGiven(property, given);
  const isSecret = SECRET.test(name) && !name.endsWith('_FILE');
  const value = isSecret ? HIDDEN : String(given[name]).replace(URL_SECRETS, HIDDEN);
  const texts = Object.values(constraints ?? {}).map((text) => text.replace(`${property} `, ''));
  return `${name}=${value}: ${texts.join('; ')}`;
}
