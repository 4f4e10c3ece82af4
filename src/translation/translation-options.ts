import type { ModelProfile } from '../contracts/model-profile.js';
import type { ResponseEvent } from '../contracts/response-events.js';
import type { ServedToolbox } from './answer-tools.js';
import type { Keeping } from './request/keeping.js';
import type { HostedTool } from './request/tools/hosted-tools.js';
import type { ServedTools } from './request/tools/served-tools.js';
import type { Summarise } from './turn.js';
import type { ReasoningOutput } from './turn-plan.js';

export interface TranslateOptions {
  /** Its parsers chosen: by name, or none. */
  profile: ModelProfile;
  upstreamModel: string;
  model: string;
  reasoningOutput: ReasoningOutput;
  /** Who calls: envelopes are sealed for, and opened by, this caller alone. */
  callerId: string;
  unknownFields: Readonly<Record<string, unknown>>;
  /** Tools that the gateway runs, of those of type `mcp`; absent: none. */
  served?: readonly ServedTools[];
  /** Tools that the gateway runs in place of hosted ones; absent: none. */
  hosted?: readonly HostedTool[];
  /** What becomes of the answer, and what the input continues, for the echo; absent: nothing is kept. */
  keeping?: Keeping;
}

export interface AnswerHandlers {
  callerId: string;
  emit: (event: ResponseEvent) => void;
  /** Its `response.created` and `response.queued` were sent already, when it began to wait. */
  wasQueued?: boolean;
  /** Receives a warning for what is wrong with an answer that is passed on nevertheless. */
  warn: (warning: string) => void;
  /** Gets what is to be done with an answer whose end had to wait. */
  resume: (go: () => void) => void;
  /** The answer is no longer wanted. */
  signal: () => AbortSignal;
  /** Tools that the gateway runs; absent: none. */
  toolbox?: ServedToolbox | null;
  /** Decides whether the answer is followed by a compaction; absent: it is not. */
  summarise?: Summarise;
}
