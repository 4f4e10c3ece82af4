import type { Environment } from './environment.js';

/** Every variable of the built-in simulator. */
export const SIMULATOR_VARIABLES: readonly string[] = [
  'SIM_PORT',
  'SIM_MODEL',
  'SIM_TOOL_CALL_PARSER',
  'SIM_REASONING_PARSER',
  'SIM_SESSION_LEN',
  'SIM_API_KEYS',
  'SIM_TIME_TO_FIRST_TOKEN',
  'SIM_INTER_TOKEN_LATENCY',
  'SIM_STARTUP_DURATION',
  'SIM_FAILURE_INJECTION_RATE',
  'SIM_FAILURE_TYPES',
  'SIM_SEED',
  'SIM_LOGPROBS_MODE',
];

/** The variables that begin with SIM_, as given: the built-in simulator reads and checks them itself. */
export class SimulatorEnvironment {
  constructor(readonly variables: Readonly<Record<string, string | undefined>>) {}

  static from(raw: Record<string, unknown>): SimulatorEnvironment {
    const own = Object.entries(raw).filter(([name]) => name.startsWith('SIM_'));
    return new SimulatorEnvironment(Object.fromEntries(own) as Record<string, string>);
  }
}

/** Whether the built-in simulator may stand in where no model server is named; in production only on demand. */
export function allowsSimulator({ NODE_ENV, SIMULATOR_ENABLED }: Environment): boolean {
  return NODE_ENV !== 'production' || SIMULATOR_ENABLED;
}
