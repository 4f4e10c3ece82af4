import type { ChatRequest } from '../../contracts/chat-completions.js';
import type { TurnPlan } from '../turn-plan.js';

/** One question to the model, and how its answer is to be read. */
export interface Question {
  chat: ChatRequest;
  plan: TurnPlan;
}

/** What an answer can lack so much that it is dropped and another one asked for. */
export type Lack = 'call' | 'format';

/** What the stages of a turn may do about an answer that will not do. */
export interface AskAgain {
  /** Whether another answer could still be had. */
  mayAsk(lack: Lack): boolean;
  /**
   * Has another question asked in place of the one that was.
   *
   * @param giveOut shows this answer after all: called where the other question brings none
   * @returns whether it will be; then nothing more of this answer may be shown before
   */
  ask(lack: Lack, amend: (question: Question) => Question, giveOut: () => void): boolean;
}

export const NEVER_AGAIN: AskAgain = { mayAsk: () => false, ask: () => false };
