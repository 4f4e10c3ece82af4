import { tokenize } from './tokenize.js';

/** What the simulated model would write if nobody stopped it. */
export interface RawAnswer {
  text: string;
  /** Set by a script that wants another end than "stop". */
  finish?: 'stop' | 'length';
  /** The engine fails before this token. */
  failsAt?: number;
}

/** What the engine really writes. */
export interface Generation {
  tokens: string[];
  finish: 'stop' | 'length';
  failsAt: number | undefined;
}

interface Limits {
  maxTokens: number;
  stop: string[];
  includeStop: boolean;
  ignoreEos: boolean;
}

/** Cuts an answer at a stop word or at the token limit, whichever comes first. */
export function generate(answer: RawAnswer, limits: Limits): Generation {
  let tokens = tokenize(answer.text);
  if (limits.ignoreEos && tokens.length > 0) {
    const written = tokens;
    tokens = Array.from({ length: limits.maxTokens }, (_, index) => written[index % written.length] ?? '');
  }
  const stopAt = findStop(tokens, limits.stop);
  const end = stopAt < 0 ? tokens.length : stopAt + (limits.includeStop ? 1 : 0);
  const cut = end > limits.maxTokens || (limits.ignoreEos && stopAt < 0);
  return {
    tokens: tokens.slice(0, Math.min(end, limits.maxTokens)),
    finish: cut ? 'length' : (answer.finish ?? 'stop'),
    failsAt: answer.failsAt,
  };
}

/** LMDeploy only stops at words that are one token, and drops the others in silence. */
function findStop(tokens: string[], stop: string[]): number {
  const words = stop.filter((word) => word !== '' && tokenize(word).length === 1);
  if (words.length === 0) return -1;
  return tokens.findIndex((token) => words.some((word) => token === word || token === ` ${word}`));
}
