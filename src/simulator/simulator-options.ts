import { invalidEnvironment } from '../config/invalid-environment.js';
import { readDuration } from '../config/units.js';

/** What can go wrong: an HTTP status in place of the answer, or what server/faults.ts does to the connection. */
const FAULTS = [
  ...(['400', '401', '404', '408', '409', '429', '500', '502', '503', '504'] as const),
  ...(['reset', 'hang', 'cut', 'midstream', 'malformed'] as const),
];

/** What the header `x-sim-fault` and SIM_FAILURE_TYPES understand. */
export type FaultName = (typeof FAULTS)[number];

/** The fault with this name, or undefined. */
export const findFault = (name: string): FaultName | undefined => FAULTS.find((fault) => fault === name);

/** What a simulated LMDeploy server is launched with; times are milliseconds. */
export interface SimulatorOptions {
  /** On 127.0.0.1; 0 lets the system choose. */
  port: number;
  /** The id that /v1/models lists. */
  model: string;
  /** LMDeploy's `--tool-call-parser`; with none, calls come back as text and a request with tools is refused. */
  toolCallParser: 'qwen3' | 'none';
  /** LMDeploy's `--reasoning-parser`; with none, reasoning comes back as text. */
  reasoningParser: 'default' | 'none';
  /** The context window in tokens. */
  sessionLen: number;
  /** Empty: no key is needed. */
  apiKeys: string[];
  timeToFirstToken: number;
  interTokenLatency: number;
  /** Until it is over, health is 503 initializing. */
  startupDuration: number;
  /** Per cent of chat requests that fail. */
  failureInjectionRate: number;
  /** What they fail with. */
  failureTypes: FaultName[];
  /** Makes schema instances and injected failures repeatable. */
  seed: number;
  logprobsMode: 'none' | 'raw_logits' | 'raw_logprobs';
}

/** A parsing server without delays or failures. */
export const DEFAULT_SIMULATOR_OPTIONS: Readonly<SimulatorOptions> = {
  port: 0,
  model: 'lmdeploy-simulator',
  toolCallParser: 'qwen3',
  reasoningParser: 'default',
  sessionLen: 32768,
  apiKeys: [],
  timeToFirstToken: 0,
  interTokenLatency: 0,
  startupDuration: 0,
  failureInjectionRate: 0,
  failureTypes: ['429', '500', '503'],
  seed: 0,
  logprobsMode: 'none',
};

/** Reads a text; throws an Error that says what is wrong with it. */
type Reader<T> = (text: string) => T;

const VARIABLES: {
  [Key in keyof SimulatorOptions]: [variable: string, read: Reader<SimulatorOptions[Key]>];
} = {
  port: ['SIM_PORT', integer(0, 65535)],
  model: ['SIM_MODEL', (text) => text],
  toolCallParser: ['SIM_TOOL_CALL_PARSER', oneOf('qwen3', 'none')],
  reasoningParser: ['SIM_REASONING_PARSER', oneOf('default', 'none')],
  sessionLen: ['SIM_SESSION_LEN', integer(1)],
  apiKeys: ['SIM_API_KEYS', list],
  timeToFirstToken: ['SIM_TIME_TO_FIRST_TOKEN', milliseconds],
  interTokenLatency: ['SIM_INTER_TOKEN_LATENCY', milliseconds],
  startupDuration: ['SIM_STARTUP_DURATION', milliseconds],
  failureInjectionRate: ['SIM_FAILURE_INJECTION_RATE', integer(0, 100)],
  failureTypes: ['SIM_FAILURE_TYPES', (text) => list(text).map(fault)],
  seed: ['SIM_SEED', integer(0)],
  logprobsMode: ['SIM_LOGPROBS_MODE', oneOf('none', 'raw_logits', 'raw_logprobs')],
};

/**
 * The options that a record of environment variables asks for; what is unset or empty keeps its default.
 *
 * @example
 * await startSimulator(readSimulatorOptions({ SIM_MODEL: 'Qwen/Qwen3-8B', SIM_INTER_TOKEN_LATENCY: '20ms' }));
 * @throws Error that names each variable with a value that makes no sense
 */
export function readSimulatorOptions(env: Record<string, string | undefined>): Partial<SimulatorOptions> {
  const faults: string[] = [];
  const given = Object.entries(VARIABLES).flatMap(([option, [variable, read]]) => {
    const text = env[variable]?.trim();
    if (!text) return [];
    try {
      return [[option, read(text)] as const];
    } catch (error) {
      faults.push(`${variable}: ${(error as Error).message}`);
      return [];
    }
  });
  if (faults.length > 0) throw invalidEnvironment(...faults);
  return Object.fromEntries(given);
}

function list(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '');
}

function fault(text: string): FaultName {
  const found = findFault(text);
  if (!found) throw new Error(`unknown fault "${text}"`);
  return found;
}

function oneOf<T extends string>(...allowed: T[]): Reader<T> {
  return (text) => {
    const found = allowed.find((entry) => entry === text);
    if (found === undefined) throw new Error(`"${text}" is not one of ${allowed.join(', ')}`);
    return found;
  };
}

function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= minimum && number <= maximum) return number;
    throw new Error(`"${text}" is not a whole number from ${minimum} to ${maximum}`);
  };
}

function milliseconds(text: string): number {
  const duration = readDuration(text);
  if (duration === null) throw new Error(`"${text}" is not a duration such as 250, 250ms, 2s or 1m`);
  return duration;
}
