import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayProcess } from './gateway-process.js';

const SIZE = '24m';
const FILLER = 'filler';

/** A folder whose files a gateway cannot write for a while. */
export interface FullDisk {
  folder: string;
  fill(gateway: GatewayProcess): void;
  /** There is room again. */
  free(gateway: GatewayProcess): void;
  remove(): void;
}

/** The ways this machine allows, by the error that a write gets. */
export const FULL_DISKS: [error: string, make: () => FullDisk][] = [
  ...(mayMount() ? [['ENOSPC', smallDisk] satisfies [string, () => FullDisk]] : []),
  ...(mayLimit() ? [['EFBIG', sizeLimit] satisfies [string, () => FullDisk]] : []),
];

/** A file system of its own, which another file fills to the last byte. */
function smallDisk(): FullDisk {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
  return {
    folder,
    fill: () => {
      fillUp(join(folder, FILLER));
    },
    free: () => {
      rmSync(join(folder, FILLER));
    },
    remove: () => {
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Page by page: the gateway may still write meanwhile. */
function fillUp(path: string): void {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4_096);
  try {
    for (;;) writeSync(file, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

/** A limit on the size of files, which needs no rights: nothing can be written behind their first byte. */
function sizeLimit(): FullDisk {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-disk-'));
  const limit = (pid: number, bytes: string): void => {
    execFileSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:`]);
  };
  return {
    folder,
    fill: ({ pid }) => {
      limit(pid, '1');
    },
    free: ({ pid }) => {
      limit(pid, 'unlimited');
    },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mayLimit(): boolean {
  try {
    execFileSync('prlimit', ['--fsize'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
