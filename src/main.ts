#!/usr/bin/env node
// Nothing is imported before the version is known to do: an older Node would end with an error of the loader.
const OLDEST = [20, 19] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  stop(`Node.js ${OLDEST.join('.')} or newer is needed; this is ${process.version}.`);
} else {
  import('./serve.js')
    .then(({ serve }) => serve())
    .catch((error: unknown) => {
      stop(error instanceof Error ? error.message : String(error));
    });
}

function stop(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
