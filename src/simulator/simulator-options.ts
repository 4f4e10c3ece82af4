import { readDuration } from '../config/units.js';
import { type FaultName, findFault } from './fault-names.js';
import {
  findToolFormat,
  LMDEPLOY_REASONING_PARSERS,
  LMDEPLOY_TOOL_PARSERS,
  type ToolFormat,
} from './tool-formats.js';

/** What a simulated LMDeploy server is launched with. */
export interface SimulatorOptions {
  /** SIM_HOST: address to listen on; keep it a loopback address. Default 127.0.0.1. */
  host: string;
  /** SIM_PORT: 0 lets the system choose. Default 0. */
  port: number;
  /** SIM_MODEL: the id that /v1/models lists. Default lmdeploy-simulator. */
  model: string;
  /** SIM_TOOL_CALL_PARSER: a name of LMDeploy's `--tool-call-parser`, or none. Default qwen3. */
  toolCallParser: string;
  /** SIM_TOOL_FORMAT: the text form of calls; unset: that of the parser, or qwen3 when there is no parser. */
  toolFormat: ToolFormat | undefined;
  /** SIM_REASONING_PARSER: a name of LMDeploy's `--reasoning-parser`, or none. Default default. */
  reasoningParser: string;
  /** SIM_REASONING_FORMAT: reasoning text when no reasoning parser is on (headless: no opening tag). Default think. */
  reasoningFormat: 'think' | 'headless' | 'mistral';
  /** SIM_SESSION_LEN: the context window in tokens. Default 32768. */
  sessionLen: number;
  /** SIM_API_KEYS: comma-separated keys; empty: no key is needed. Default empty. */
  apiKeys: string[];
  /** SIM_TIME_TO_FIRST_TOKEN: milliseconds, or 250ms, 2s, 1m. Default 0. */
  timeToFirstToken: number;
  /** SIM_INTER_TOKEN_LATENCY: likewise. Default 0. */
  interTokenLatency: number;
  /** SIM_STARTUP_DURATION: likewise; until then health is 503 initializing. Default 0. */
  startupDuration: number;
  /** SIM_FAILURE_INJECTION_RATE: per cent of chat requests that fail. Default 0. */
  failureInjectionRate: number;
  /** SIM_FAILURE_TYPES: which of the faults, comma-separated. Default 429,500,503. */
  failureTypes: FaultName[];
  /** SIM_SEED: makes schema instances and injected failures repeatable. Default 0. */
  seed: number;
  /** SIM_LOGPROBS_MODE: none, raw_logits or raw_logprobs. Default none. */
  logprobsMode: 'none' | 'raw_logits' | 'raw_logprobs';
  /** SIM_LMDEPLOY_VERSION: before 0.16 validation errors are 422 {"detail": …}. Default 0.16.0. */
  lmdeployVersion: string;
  /** SIM_SCRIPT: `simulator` (the rules of script/decide-answer.ts) or `echo`: the last user message is the raw engine output. Default simulator. */
  script: 'simulator' | 'echo';
  /** SIM_RECORD: how many of the latest requests `Simulator.requests` keeps. Default 0. */
  record: number;
}

/** A parsing LMDeploy server without delays or failures. */
export const DEFAULT_SIMULATOR_OPTIONS: Readonly<SimulatorOptions> = {
  host: '127.0.0.1',
  port: 0,
  model: 'lmdeploy-simulator',
  toolCallParser: 'qwen3',
  toolFormat: undefined,
  reasoningParser: 'default',
  reasoningFormat: 'think',
  sessionLen: 32768,
  apiKeys: [],
  timeToFirstToken: 0,
  interTokenLatency: 0,
  startupDuration: 0,
  failureInjectionRate: 0,
  failureTypes: ['429', '500', '503'],
  seed: 0,
  logprobsMode: 'none',
  lmdeployVersion: '0.16.0',
  script: 'simulator',
  record: 0,
};

type Reader<T> = (name: string, value: string) => T;

/**
 * The options that a record of environment variables asks for; what is unset or empty keeps its default.
 *
 * @example
 * await startSimulator(readSimulatorOptions({ SIM_MODEL: 'Qwen/Qwen3-8B', SIM_INTER_TOKEN_LATENCY: '20ms' }));
 * @throws Error that names the variable with a value that makes no sense
 */
export function readSimulatorOptions(env: Record<string, string | undefined>): Partial<SimulatorOptions> {
  const options: Partial<SimulatorOptions> = {};
  const take = <K extends keyof SimulatorOptions>(
    key: K,
    name: string,
    read: Reader<SimulatorOptions[K]>,
  ) => {
    const value = env[name]?.trim();
    if (value) options[key] = read(name, value);
  };
  take('host', 'SIM_HOST', (_, value) => value);
  take('port', 'SIM_PORT', integer(0, 65535));
  take('model', 'SIM_MODEL', (_, value) => value);
  take('toolCallParser', 'SIM_TOOL_CALL_PARSER', oneOf(['none', ...LMDEPLOY_TOOL_PARSERS.keys()]));
  take('toolFormat', 'SIM_TOOL_FORMAT', (name, value) => known(name, value, findToolFormat(value)));
  take('reasoningParser', 'SIM_REASONING_PARSER', oneOf(['none', ...LMDEPLOY_REASONING_PARSERS.keys()]));
  take('reasoningFormat', 'SIM_REASONING_FORMAT', oneOf(['think', 'headless', 'mistral']));
  take('sessionLen', 'SIM_SESSION_LEN', integer(1));
  take('apiKeys', 'SIM_API_KEYS', (_, value) => list(value));
  take('timeToFirstToken', 'SIM_TIME_TO_FIRST_TOKEN', milliseconds);
  take('interTokenLatency', 'SIM_INTER_TOKEN_LATENCY', milliseconds);
  take('startupDuration', 'SIM_STARTUP_DURATION', milliseconds);
  take('failureInjectionRate', 'SIM_FAILURE_INJECTION_RATE', integer(0, 100));
  take('failureTypes', 'SIM_FAILURE_TYPES', (name, value) =>
    list(value).map((fault) => known(name, fault, findFault(fault))),
  );
  take('seed', 'SIM_SEED', integer(0));
  take('logprobsMode', 'SIM_LOGPROBS_MODE', oneOf(['none', 'raw_logits', 'raw_logprobs']));
  take('lmdeployVersion', 'SIM_LMDEPLOY_VERSION', version);
  take('script', 'SIM_SCRIPT', oneOf(['simulator', 'echo']));
  take('record', 'SIM_RECORD', integer(0));
  return options;
}

/**
 * Options of code, completed with the defaults.
 *
 * @throws Error for a parser that LMDeploy does not have: the types only say that it is a text
 */
export function completeOptions(options: Partial<SimulatorOptions>): SimulatorOptions {
  const given = Object.entries<unknown>(options).filter(([, value]) => value !== undefined);
  const all: SimulatorOptions = { ...DEFAULT_SIMULATOR_OPTIONS, ...Object.fromEntries(given) };
  oneOf(['none', ...LMDEPLOY_TOOL_PARSERS.keys()])('toolCallParser', all.toolCallParser);
  oneOf(['none', ...LMDEPLOY_REASONING_PARSERS.keys()])('reasoningParser', all.reasoningParser);
  return all;
}

const list = (value: string) =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

function known<T>(name: string, value: string, found: T | undefined): T {
  if (found === undefined) throw new Error(`${name}: unknown value "${value}"`);
  return found;
}

function oneOf<T extends string>(allowed: readonly T[]): Reader<T> {
  return (name, value) => {
    const found = allowed.find((entry) => entry === value);
    if (found === undefined) throw new Error(`${name}: "${value}" is not one of ${allowed.join(', ')}`);
    return found;
  };
}

function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (name, value) => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < minimum || number > maximum) {
      throw new Error(`${name}: "${value}" is not a whole number from ${minimum} to ${maximum}`);
    }
    return number;
  };
}

function milliseconds(name: string, value: string): number {
  const duration = readDuration(value);
  if (duration === null)
    throw new Error(`${name}: "${value}" is not a duration such as 250, 250ms, 2s or 1m`);
  return duration;
}

function version(name: string, value: string): string {
  if (!/^\d+\.\d+/.test(value)) throw new Error(`${name}: "${value}" is not a version such as 0.16.0`);
  return value;
}
