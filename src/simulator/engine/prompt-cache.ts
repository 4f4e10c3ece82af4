import { tokenize } from './tokenize.js';

const REMEMBERED = 16;
/** LMDeploy caches whole blocks only. */
const BLOCK = 8;
/** Above this many characters tokens are estimated: nobody checks, and a simulator should not be slow. */
const EXACT_LIMIT = 200_000;

/** How many tokens a text is. */
export function countTokens(text: string): number {
  return text.length > EXACT_LIMIT ? Math.ceil(text.length / 4) : tokenize(text).length;
}

/** Remembers the latest prompts, to say how much of the next one an engine would find in its prefix cache. */
export class PromptCache {
  private readonly prompts: string[] = [];

  /** Cached tokens of this prompt, which is remembered from now on. */
  visit(prompt: string, tokens: number): number {
    const shared = Math.max(0, ...this.prompts.map((earlier) => sharedLength(earlier, prompt)));
    this.prompts.push(prompt);
    if (this.prompts.length > REMEMBERED) this.prompts.shift();
    const cached = Math.floor((tokens * shared) / Math.max(1, prompt.length));
    return Math.min(Math.floor(cached / BLOCK), Math.floor((tokens - 1) / BLOCK)) * BLOCK;
  }
}

function sharedLength(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
