import type { Environment } from './environment.js';

/** The variables that begin with SIM_, as given: the built-in simulator reads and checks them itself. */
export class SimulatorEnvironment {
  constructor(readonly variables: Readonly<Record<string, string | undefined>>) {}

  static from(raw: Record<string, unknown>): SimulatorEnvironment {
    const own = Object.entries(raw).filter(([name]) => name.startsWith('SIM_'));
    return new SimulatorEnvironment(Object.fromEntries(own) as Record<string, string>);
  }
}

/** Whether the built-in simulator stands in for the model server; in production only on demand. */
export function wantsSimulator({ UPSTREAM_BASE_URL, NODE_ENV, SIMULATOR_ENABLED }: Environment): boolean {
  return !UPSTREAM_BASE_URL && (NODE_ENV !== 'production' || SIMULATOR_ENABLED);
}
