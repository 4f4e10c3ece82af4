import { readFileSync } from 'node:fs';
import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { AuthEnvironment } from './auth.environment.js';
import { invalidEnvironment } from './invalid-environment.js';
import { LimitsEnvironment } from './limits.environment.js';
import { MediaEnvironment } from './media.environment.js';
import { ModelsEnvironment } from './models.environment.js';
import { ObservabilityEnvironment } from './observability.environment.js';
import { PlaygroundEnvironment } from './playground.environment.js';
import { SealingEnvironment } from './sealing.environment.js';
import { ServerEnvironment } from './server.environment.js';
import { TranslationEnvironment } from './translation.environment.js';
import { TransportEnvironment } from './transport.environment.js';
import { UpstreamsEnvironment } from './upstreams.environment.js';

/** One a feature. */
const PARTS = [
  TransportEnvironment,
  LimitsEnvironment,
  UpstreamsEnvironment,
  ModelsEnvironment,
  TranslationEnvironment,
  MediaEnvironment,
  SealingEnvironment,
  AuthEnvironment,
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

const HIDDEN = '(hidden)';
const SECRET = /KEY|SECRET|TOKEN|PASS|PWD|CREDENTIAL/;
/** User, password and query. */
const URL_SECRETS = /(?<=:\/\/)[^/?#]*(?=@)|(?<=:\/\/[^?]*\?).*/g;
const ENCRYPTION_KEY_FILE = 'ENCRYPTION_KEY_FILE';
/** Secrets that can be in a file instead, named by the variable with _FILE behind its name. (API_KEYS_FILE adds to API_KEYS.) */
const SECRETS = ['UPSTREAM_API_KEY', 'ENCRYPTION_KEY'];

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
  const doubles = SECRETS.filter((name) => name in given && `${name}_FILE` in given);
  const keyFile = given[ENCRYPTION_KEY_FILE];
  if (typeof keyFile === 'string' && doubles.length === 0) given.ENCRYPTION_KEY = readSecret(keyFile);
  const parts = PARTS.map((Part) => readPart(Part, given));
  const environment = Object.assign(new Environment(), ...parts) as Environment;
  const ofExtensions = new Map(extensions.map((Part) => [Part, readPart(Part, given)]));
  const faults = [
    ...[...parts, ...ofExtensions.values()]
      .flatMap((part) => validateSync(part, { forbidUnknownValues: false }))
      .map((error) => describeFault(error, given)),
    ...doubles.map((name) => `${name}_FILE: must not be set together with ${name}`),
    ...findMissingParser(environment),
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

/** @returns undefined when the file cannot be read: the check of its variable says so */
function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function findMissingParser({ TOOL_CALLS, TOOL_CALL_PARSER }: Environment): string[] {
  if (TOOL_CALL_PARSER || (TOOL_CALLS !== 'raw' && TOOL_CALLS !== 'prompt')) return [];
  return [`TOOL_CALL_PARSER: must name a parser, or be auto, when TOOL_CALLS=${TOOL_CALLS}`];
}

function describeFault({ property, constraints }: ValidationError, given: Record<string, unknown>): string {
  const name = property === 'ENCRYPTION_KEY' && ENCRYPTION_KEY_FILE in given ? ENCRYPTION_KEY_FILE : property;
  const isSecret = SECRET.test(name) && !name.endsWith('_FILE');
  const value = isSecret ? HIDDEN : String(given[name]).replace(URL_SECRETS, HIDDEN);
  const texts = Object.values(constraints ?? {}).map((text) => text.replace(`${property} `, ''));
  return `${name}=${value}: ${texts.join('; ')}`;
}
