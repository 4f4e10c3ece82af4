import type { ModelTarget } from '../models/model-catalogue.js';
import type { RequestContext } from '../request/request-context.js';
import type { Keeping } from '../translation/request/keeping.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import type { Answer } from '../translation/turn.js';
import type { Truncation } from './contexts/truncation.js';
import type { CheckedRequest } from './dto/create-response.pipe.js';
import type { ResolvedInput } from './input/resolved-input.js';
import type { Recorder } from './run/event-barrier.js';
import type { Toolbox } from './tools/toolbox.js';

/** A request whose model, input and translation are known: it can be answered. */
export interface PreparedRequest {
  request: CheckedRequest;
  context: RequestContext;
  target: ModelTarget;
  resolved: ResolvedInput;
  keeping: Keeping;
  /** Tools that the gateway runs; null: none. */
  toolbox: Toolbox | null;
  translated: TranslatedRequest;
  /** Shortens what the model is shown; null: it is shown everything. */
  truncation: Truncation | null;
  /** Tokens of the context from which on the answer is followed by a compaction; null: never. */
  compactAt: number | null;
}

export type Untranslated = Omit<PreparedRequest, 'translated' | 'truncation' | 'compactAt'>;

export interface RunPolicy {
  /** Makes what keeps the answer. @param answer known once the run has begun */
  recorder?: (answer: () => Answer | null) => Recorder;
  whenLost?: 'abort' | 'continue';
  wasQueued?: boolean;
  whenOver?: () => void;
}
