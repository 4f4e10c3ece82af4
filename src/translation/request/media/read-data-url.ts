const MAX_HEAD = 256;
const NO_BASE64 = /[^A-Za-z0-9+/]/;
const PADDING = /={1,2}$/;

/** A `data:` URL in its parts. */
export interface DataUrl {
  /** Media type in small letters, e.g. `image/png`; empty where there is none. */
  type: string;
  charset: string;
  isBase64: boolean;
  /** As it stands in the URL. */
  data: string;
}

/** @returns null for what is no data URL */
export function readDataUrl(url: string): DataUrl | null {
  const comma = url.slice(0, MAX_HEAD).indexOf(',');
  if (comma < 0 || !isDataUrl(url)) return null;
  const [type = '', ...parameters] = url
    .slice('data:'.length, comma)
    .split(';')
    .map((part) => part.trim().toLowerCase());
  return {
    type,
    charset: parameters.find((part) => part.startsWith('charset='))?.slice('charset='.length) ?? '',
    isBase64: parameters.at(-1) === 'base64',
    data: url.slice(comma + 1),
  };
}

export function isDataUrl(url: string): boolean {
  return /^data:/i.test(url);
}

/** Bytes that a text in base64 stands for; null where it is none. */
export function sizeOfBase64(text: string): number | null {
  const digits = text.slice(-2).includes('=') ? text.replace(PADDING, '') : text;
  const isWhole = digits.length === text.length || text.length % 4 === 0;
  if (!isWhole || digits.length % 4 === 1 || NO_BASE64.test(digits)) return null;
  return Math.floor((digits.length * 3) / 4);
}
