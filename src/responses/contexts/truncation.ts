import type { ChatRequest } from '../../contracts/chat-completions.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { countOldTurns, dropTurns } from '../../translation/request/drop-turns.js';
import { estimateTokens } from '../../translation/request/estimate-tokens.js';
import type { TranslatedRequest } from '../../translation/request/translate-request.js';
import type { Question } from '../../translation/segments/ask-again.js';
import { readOverflow } from './read-overflow.js';

/** How often a server is asked again with less. */
const MAX_ATTEMPTS = 8;
/** Attempts that trust the numbers of the server's error. */
const BY_NUMBERS = 2;
/** How far an estimate must be above the window to be believed without asking the server. */
const CLEARLY = 1.25;
/** What is left out beyond what the numbers say, since they count otherwise than the estimate does. */
const MARGIN = 1.1;

export type TranslateItems = (items: readonly unknown[]) => TranslatedRequest;

/** Leaves out the oldest turns of an input that is too long for its model (`truncation: "auto"`). */
export class Truncation {
  /** What the model is shown. */
  shown: readonly unknown[];
  private dropped = 0;
  private attempts = 0;
  private readonly old: number;

  constructor(private readonly items: readonly unknown[]) {
    this.shown = items;
    this.old = countOldTurns(items);
  }

  get hasDropped(): boolean {
    return this.dropped > 0;
  }

  /**
   * Before the server is asked: what is certainly too long need not be tried.
   *
   * @param window of the model in tokens; null: nobody knows
   */
  fitInto(window: number | null, whole: TranslatedRequest, translate: TranslateItems): TranslatedRequest {
    const isClear = window !== null && this.old > 0 && estimateTokens(whole.chat) > window * CLEARLY;
    return isClear ? this.drop(1, window, translate) : whole;
  }

  /**
   * Where the server has refused.
   *
   * @param asked what it has refused
   * @param latest the last translation of the input; messages that `asked` has behind it are kept
   * @returns null: it has refused for another reason, or there is nothing left to leave out
   */
  shorten(
    error: unknown,
    asked: Question,
    latest: TranslatedRequest,
    translate: TranslateItems,
  ): { question: Question; translated: TranslatedRequest } | null {
    if (!(error instanceof GatewayError) || error.errorName !== 'context_length_exceeded') return null;
    const left = this.old - this.dropped;
    if (left === 0 || this.attempts === MAX_ATTEMPTS) return null;
    const { messages } = latest.chat;
    if (messages.some((message, index) => message !== asked.chat.messages[index])) return null;
    this.attempts++;
    const overflow = this.attempts > BY_NUMBERS ? null : readOverflow(error.message);
    const estimated = estimateTokens(asked.chat);
    const target = overflow
      ? estimated * (1 - ((overflow.requested - overflow.window + 1) / overflow.requested) * MARGIN)
      : Infinity;
    const atLeast = overflow ? 1 : this.attempts === MAX_ATTEMPTS ? left : Math.ceil(left / 2);
    const translated = this.drop(atLeast, target, translate);
    const behind = asked.chat.messages.slice(messages.length);
    const chat: ChatRequest = { ...asked.chat, messages: [...translated.chat.messages, ...behind] };
    return { question: { chat, plan: asked.plan }, translated };
  }

  /** Drops the fewest turns, `atLeast` more than so far, with which the estimate is no more than `target` tokens. */
  private drop(atLeast: number, target: number, translate: TranslateItems): TranslatedRequest {
    let low = this.dropped + atLeast;
    let high = this.old;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (estimateTokens(translate(dropTurns(this.items, middle)).chat) <= target) high = middle;
      else low = middle + 1;
    }
    this.dropped = low;
    this.shown = dropTurns(this.items, low);
    return translate(this.shown);
  }
}
