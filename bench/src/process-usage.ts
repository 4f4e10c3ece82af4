import { readdirSync, readFileSync } from 'node:fs';

const BYTES_IN_KB = 1024;

/** A process and all that descend from it; empty when it has ended. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of listFolder('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readText(`/proc/${name}/stat`);
    // The command in parentheses may hold spaces and parentheses itself.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]);
    const siblings = children.get(parent) ?? [];
    siblings.push(Number(name));
    children.set(parent, siblings);
  }
  const tree = listFolder(`/proc/${root}/task`).length > 0 ? [root] : [];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** CPU time of processes with all their threads so far, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let nanoseconds = 0;
  for (const pid of pids) {
    for (const task of listFolder(`/proc/${pid}/task`)) {
      nanoseconds += Number(readText(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]);
    }
  }
  return nanoseconds / 1e9;
}

/** Memory that processes hold in RAM, in bytes; what they share counts for each. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readText(`/proc/${pid}/status`)) ?? [];
    return sum + Number(kilobytes) * BYTES_IN_KB;
  }, 0);
}

/** Processes and threads may end between listing and reading: then there is nothing to add. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
