import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { preparePython } from '../../support/prepare-python.mjs';
import { GATEWAY_NODE, ROOT } from './gateway-entry.mjs';

/** The first Node 22 that runs TypeScript as it is. */
const OLDEST_NODE = [22, 18];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `The clients need Node ${OLDEST_NODE.join('.')} or newer, this is ${process.versions.node}: there is no node ` +
      `package for ${process.platform}-${process.arch} in optionalDependencies, so run the tests with a newer Node.\n`,
  );
  process.exit(1);
}
if (!process.env.GATEWAY_MAIN) {
  execFileSync(GATEWAY_NODE, ['scripts/build.mjs', '--if-changed'], { cwd: ROOT, stdio: 'inherit' });
}

try {
  await preparePython(path.join(import.meta.dirname, '../python'));
} catch (error) {
  process.stdout.write(`The tests of Python clients are skipped: ${error.message}.\n`);
}
