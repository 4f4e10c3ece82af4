/** What a server says of a request that does not fit, in its own tokens. */
export interface Overflow {
  /** What it can take. */
  window: number;
  /** What the request came to. */
  requested: number;
}

const WINDOW = /(?:context[ _](?:length|size|window)|maximum context)\D{0,40}(\d[\d,]*)/i;
const NUMBERS = /\d[\d,]*/g;

/**
 * The numbers of an error such as LMDeploy's `Input length (5000) must be smaller than the model context length (4096).` or vLLM's
 * `This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4500 in the messages, 500 in the completion).`
 *
 * @returns null where it does not name both
 */
export function readOverflow(message: string): Overflow | null {
  const window = toNumber(WINDOW.exec(message)?.[1] ?? '');
  const requested = Math.max(...[...message.matchAll(NUMBERS)].map(([text]) => toNumber(text)));
  // As long as the window also is one token too many: the answer needs room.
  return window > 0 && requested >= window ? { window, requested } : null;
}

function toNumber(text: string): number {
  return Number(text.replaceAll(',', ''));
}
