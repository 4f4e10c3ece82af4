import type { NestExpressApplication } from '@nestjs/platform-express';
import { describeGateway } from '../describe-gateway.js';
import { serve } from '../serve.js';
import { SocketServer } from '../websocket/socket-server.js';
import { RETIRE, type WorkerMessage } from './messages.js';
import { retireServer } from './retire-server.js';

/**
 * Serves as one of several. Signals to end are handled as everywhere: a Ctrl-C reaches the worker by itself, and again through the primary,
 * which does not matter. When the primary is gone, node:cluster ends the process.
 */
export async function runWorker(): Promise<void> {
  // A closed terminal; whether that is the end is for the primary to say.
  process.on('SIGHUP', () => undefined);
  let app: NestExpressApplication;
  try {
    app = await serve();
  } catch (error) {
    await tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
  process.on('message', (message: unknown) => {
    if (message === RETIRE) void leave(app);
  });
  await tell({ type: 'listening', facts: describeGateway(app) });
}

async function leave(app: NestExpressApplication): Promise<void> {
  const sockets = app.get(SocketServer, { strict: false });
  await retireServer(app.getHttpServer(), () => {
    sockets.retire();
  });
  await app.close();
  process.exit(0);
}

/** Resolves when it was handed over, or cannot be: then the primary is gone. */
function tell(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => {
      resolve();
    });
  });
}
