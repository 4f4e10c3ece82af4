import { readProcessRole } from './config/process-role.js';

/** Each role loads its own code only: a primary needs no application, a single process no cluster. */
async function main(): Promise<void> {
  switch (readProcessRole()) {
    case 'single': {
      const { serveAlone } = await import('./serve.js');
      return serveAlone();
    }
    case 'primary': {
      const { runPrimary } = await import('./cluster/primary.js');
      return runPrimary();
    }
    case 'worker': {
      const { runWorker } = await import('./cluster/worker.js');
      return runWorker();
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
