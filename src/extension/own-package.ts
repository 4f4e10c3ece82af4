import { readFileSync } from 'node:fs';

export interface OwnPackage {
  name: string;
  version: string;
  peerDependencies: Record<string, string>;
}

/** The package.json of the gateway. */
export function readOwnPackage(): OwnPackage {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as OwnPackage;
}
