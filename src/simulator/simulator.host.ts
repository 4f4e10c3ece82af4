import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SimulatorEnvironment } from '../config/simulator-environment.js';
import { type Simulator, startSimulator } from './simulator.js';
import { readSimulatorOptions } from './simulator-options.js';

/** Starts the built-in simulator when there is no upstream, and stops it with the app. */
@Injectable()
export class SimulatorHost implements OnApplicationShutdown {
  private simulator: Simulator | null = null;

  constructor(private readonly environment: SimulatorEnvironment) {}

  /** @returns its base URL */
  async start(): Promise<string> {
    if (this.environment.sharedUrl) return this.environment.sharedUrl;
    this.simulator = await startSimulator(readSimulatorOptions(this.environment.variables));
    return this.simulator.url;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.simulator?.close();
  }
}
