import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { AccessEnvironment } from './access.environment.js';
import { LimitsEnvironment } from './limits.environment.js';
import { MediaEnvironment } from './media.environment.js';
import { ModelsEnvironment } from './models.environment.js';
import { PlaygroundEnvironment } from './playground.environment.js';
import { ServerEnvironment } from './server.environment.js';
import { TransportEnvironment } from './transport.environment.js';
import { UpstreamEnvironment } from './upstream.environment.js';

const PARTS = [
  TransportEnvironment,
  LimitsEnvironment,
  UpstreamEnvironment,
  ModelsEnvironment,
  MediaEnvironment,
  AccessEnvironment,
  PlaygroundEnvironment,
  ServerEnvironment,
];

/**
 * Every environment variable of the gateway: name, type, default and range.
 * docs/configuration.md and `.env.example` list the same; a test compares them.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-extraneous-class -- the constructor assigns what the interface says
export class Environment {
  constructor() {
    for (const Part of PARTS) Object.assign(this, new Part());
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- as above
export interface Environment
  extends
    ServerEnvironment,
    UpstreamEnvironment,
    ModelsEnvironment,
    MediaEnvironment,
    AccessEnvironment,
    PlaygroundEnvironment,
    TransportEnvironment,
    LimitsEnvironment {}

const HIDDEN = '(hidden)';
const SECRET = /KEY|SECRET|TOKEN|PASSWORD/;
/** User, password and query. */
const URL_SECRETS = /(?<=:\/\/)[^/?#]*(?=@)|(?<=:\/\/[^?]*\?).*/g;

/** The names of all variables, for the documentation test. */
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
  const parts = PARTS.map((Part) => readPart(Part, given));
  const environment = Object.assign(new Environment(), ...parts) as Environment;
  const ofExtensions = new Map(extensions.map((Part) => [Part, readPart(Part, given)]));
  const problems = [...parts, ...ofExtensions.values()]
    .flatMap((part) => validateSync(part, { forbidUnknownValues: false }))
    .map(
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
function namesOf(Part: Type<object>): string[] {
  const checked = getMetadataStorage().getTargetValidationMetadatas(Part, '', false, false);
  return [...new Set([...Object.keys(new Part()), ...checked.map(({ propertyName }) => propertyName)])];
}

function describe(property: string, value: unknown): string {
  return SECRET.test(property) ? HIDDEN : String(value).replace(URL_SECRETS, HIDDEN);
}
