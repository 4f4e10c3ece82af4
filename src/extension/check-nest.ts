import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readOwnPackage } from './own-package.js';

interface Installed {
  path: string;
  version: string;
}

/**
 * NestJS finds providers by their classes: with another major version, or with one copy for the gateway and one for the
 * deployer's code, nothing would be found, and nothing said.
 *
 * @param gateway file of the gateway
 * @param entry file that was started; null: none, as in `node --eval`
 * @throws Error that tells in one line which copies there are, and what to do
 */
export function checkNest(gateway: string, entry: string | null): void {
  const ours = findNest(gateway);
  if (!ours) return;
  const wanted = wantedMajor();
  if (ours.version.split('.', 1)[0] !== wanted) {
    throw new Error(
      `responses-gateway needs NestJS ${wanted}, and @nestjs/core ${ours.version} is installed (${ours.path}): npm install @nestjs/core@${wanted} @nestjs/common@${wanted} @nestjs/platform-express@${wanted}`,
    );
  }
  const theirs = entry === null ? null : findNest(realPath(entry));
  if (!theirs || theirs.path === ours.path) return;
  throw new Error(
    `@nestjs/core is installed twice, ${theirs.version} for your code (${theirs.path}) and ${ours.version} for responses-gateway (${ours.path}): run npm dedupe, or npm install @nestjs/core@${ours.version}`,
  );
}

function wantedMajor(): string {
  return /\d+/.exec(readOwnPackage().peerDependencies['@nestjs/core'] ?? '')?.[0] ?? '';
}

/** As it is where there is no such file: `node dist/start` leaves the ending out. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function findNest(from: string): Installed | null {
  try {
    const path = realpathSync(createRequire(from).resolve('@nestjs/core/package.json'));
    return { path, ...(JSON.parse(readFileSync(path, 'utf8')) as { version: string }) };
  } catch {
    return null;
  }
}
