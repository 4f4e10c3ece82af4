import { readdirSync, readFileSync } from 'node:fs';

const BYTES_IN_KB = 1024;
const NS_IN_SECOND = 1e9;

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

/** What the scheduler says of processes with all their threads so far, in seconds. */
export interface SchedulerTimes {
  cpu: number;
  /** Ready to run, while another had the processor. */
  wait: number;
}

export function schedulerTimes(pids: readonly number[]): SchedulerTimes {
  const times = { cpu: 0, wait: 0 };
  for (const pid of pids) {
    for (const task of listFolder(`/proc/${pid}/task`)) {
      const [cpu, wait] = readText(`/proc/${pid}/task/${task}/schedstat`).split(' ');
      times.cpu += Number(cpu ?? 0) / NS_IN_SECOND;
      times.wait += Number(wait ?? 0) / NS_IN_SECOND;
    }
  }
  return times;
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
