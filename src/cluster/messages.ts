import type { GatewayFacts } from '../banner.js';

/** What a worker tells its primary: that it listens, or why it cannot. */
export type WorkerMessage = { type: 'listening'; facts: GatewayFacts } | { type: 'failed'; message: string };

/** What a primary asks of a worker; the end of the process is asked for by signal. */
export const RETIRE = 'retire';
