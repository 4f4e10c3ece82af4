const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)?$/i;
const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE = /^(\d+(?:\.\d+)?) ?(?:([kmg])(?:i?b)?|b)?$/i;
const BYTES = { k: 1_024, m: 1_048_576, g: 1_073_741_824 } as const;

/** @param text such as `30s`, `500ms`, `2m`, `1h`, `30d` or `1500`. @returns milliseconds; null when it is no duration */
export function readDuration(text: string): number | null {
  const [, number, unit = 'ms'] = DURATION.exec(text.trim()) ?? [];
  return number === undefined
    ? null
    : product(number, MILLISECONDS[unit.toLowerCase() as keyof typeof MILLISECONDS]);
}

/** @param text such as `32mb`, `64k`, `1g` (of 1024) or `1500`. @returns bytes; null when it is no size */
export function readSize(text: string): number | null {
  const [, number, unit] = SIZE.exec(text.trim()) ?? [];
  if (number === undefined) return null;
  return product(number, unit === undefined ? 1 : BYTES[unit.toLowerCase() as keyof typeof BYTES]);
}

/** @param text true, 1, yes, on or their opposites, in any case. @returns it as it is when it is neither */
export function readFlag(text: string): boolean | string {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  return /^(false|0|no|off)$/i.test(text) ? false : text;
}

/** Without the noise of binary fractions: 1.1 h are whole milliseconds. */
function product(number: string, unit: number): number {
  return Number((Number(number) * unit).toPrecision(15));
}
