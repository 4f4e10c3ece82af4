import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { printBanner } from '../banner.js';
import { parseEnvironment } from '../config/environment.js';
import { readVariables } from '../config/read-variables.js';
import { SimulatorEnvironment, wantsSimulator } from '../config/simulator-environment.js';
import { type SharedByWorkers, workerVariables } from '../config/worker-variables.js';
import { startSimulator } from '../simulator/simulator.js';
import { readSimulatorOptions } from '../simulator/simulator-options.js';
import { forkWorker } from './fork-worker.js';
import { handleSignals } from './handle-signals.js';
import { Supervisor } from './supervisor.js';

const KEY_BYTES = 32;

/**
 * Runs the gateway in WORKERS processes until it is told to stop.
 *
 * @throws Error when the environment is wrong, a worker cannot start, workers keep dying, or had to be killed
 */
export async function runPrimary(): Promise<void> {
  const variables = readVariables();
  const environment = parseEnvironment(variables);
  const { WORKERS: count, SHUTDOWN_GRACE_MS: graceMs, LOG_LEVEL: level } = environment;
  const log = pino({ level }).child({ context: 'workers' });
  // One for all, as a model server is: each worker's own would end, with other workers' answers in it, when that worker is replaced.
  const simulator = wantsSimulator(environment)
    ? await startSimulator(readSimulatorOptions(SimulatorEnvironment.from(variables).variables))
    : null;
  const shared: SharedByWorkers = {
    environment,
    encryptionKey: randomBytes(KEY_BYTES).toString('hex'),
    simulatorUrl: simulator?.url,
  };
  const supervisor = new Supervisor(() => forkWorker(workerVariables(shared)), { count, graceMs }, log);
  handleSignals(supervisor);
  const facts = await supervisor.start();
  if (facts && !environment.ENCRYPTION_KEY) {
    log.warn(
      'ENCRYPTION_KEY is not set: the workers share a key of this start, encrypted_content cannot be read after a restart or by another replica',
    );
  }
  if (facts) printBanner(facts, `${count}; kill -HUP ${process.pid} replaces them one by one`);
  const end = await supervisor.ended;
  await simulator?.close();
  if (end.kind === 'gave-up') throw new Error(end.reason);
  if (end.kind === 'killed') throw new Error('Stopped without waiting for running answers any longer.');
}
