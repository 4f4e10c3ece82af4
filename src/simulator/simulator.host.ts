import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SimulatorEnvironment } from '../config/simulator.environment.js';
import type { Simulator } from './simulator.js';

/** Starts the built-in simulator when there is no upstream, and stops it with the app. */
@Injectable()
export class SimulatorHost implements OnApplicationShutdown {
  private simulator: Simulator | null = null;

  constructor(private readonly environment: SimulatorEnvironment) {}

  /** @returns its base URL */
  async start(): Promise<string> {
    // Gateways with an upstream need not load it.
    const [{ startSimulator }, { readSimulatorOptions }] = await Promise.all([
      import('./simulator.js'),
      import('./simulator-options.js'),
    ]);
    this.simulator = await startSimulator(readSimulatorOptions(this.environment.variables));
    return this.simulator.url;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.simulator?.close();
  }
}
