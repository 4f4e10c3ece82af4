import type { WrittenCall } from '../tool-parser.decorator.js';

/** A value as families write it that put parameters one by one: text bare, everything else as JSON. @public */
export function bareValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @public */
export function writeParameters(
  { arguments: given }: WrittenCall,
  write: (key: string, value: string) => string,
): string {
  return Object.entries(given)
    .map(([key, value]) => write(key, bareValue(value)))
    .join('');
}

/** @public */
export function writeEach(
  calls: readonly WrittenCall[],
  write: (call: WrittenCall, index: number) => string,
  joint = '',
): string {
  return calls.map(write).join(joint);
}
