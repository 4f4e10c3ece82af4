import { readFileSync } from 'node:fs';

/** The memory of a process in RAM, bytes; NaN where the system does not tell. */
export function memoryOf(pid: number): number {
  return read(pid, 'VmRSS');
}

/** The most that it has ever had, bytes; NaN where the system does not tell. */
export function peakMemoryOf(pid: number): number {
  return read(pid, 'VmHWM');
}

function read(pid: number, field: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}
