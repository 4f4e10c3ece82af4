import type { Environment } from './environment.js';
import { readVariables } from './read-variables.js';

/** Between a primary and its workers; not for deployers. */
const ROLE = 'GATEWAY_PROCESS_ROLE';
const SIMULATOR_URL = 'GATEWAY_SIMULATOR_URL';

/** What would differ from worker to worker if the primary did not decide it. */
export interface SharedByWorkers {
  environment: Environment;
  /** Takes the place of ENCRYPTION_KEY while that is not set: 32 bytes in hex. */
  encryptionKey: string;
  /** Where the built-in simulator listens, when it runs. */
  simulatorUrl: string | undefined;
}

/**
 * Variables for a new worker, over those of the primary. The worker reads `.env` itself: one that is started later takes over
 * what was changed there, but listens where the others do.
 */
export function workerVariables({
  environment,
  encryptionKey,
  simulatorUrl,
}: SharedByWorkers): Record<string, string> {
  return {
    [ROLE]: 'worker',
    HOST: environment.HOST,
    PORT: String(environment.PORT),
    ...(!readVariables().ENCRYPTION_KEY?.trim() && { ENCRYPTION_KEY: encryptionKey }),
    ...(simulatorUrl !== undefined && { [SIMULATOR_URL]: simulatorUrl }),
  };
}

export function isWorker(): boolean {
  return process.env[ROLE] === 'worker';
}

/** @param raw variables by name */
export function sharedSimulatorUrl(raw: Record<string, unknown>): string | undefined {
  return raw[SIMULATOR_URL] as string | undefined;
}
