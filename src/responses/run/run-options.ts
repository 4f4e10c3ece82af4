import type { Observable } from 'rxjs';
import type { ChatRequest } from '../../contracts/chat-completions.js';
import type { RequestReport } from '../../request/request-report.js';
import type { Question } from '../../translation/segments/ask-again.js';
import type { AnswerHandlers } from '../../translation/translation-options.js';
import type { Answer } from '../../translation/turn.js';
import type { Recorder } from './event-barrier.js';
import type { OpenOptions, UpstreamAnswer } from '../../upstreams/upstream.client.js';

/** What a run lends to the requests it makes. */
export type RunControls = Pick<OpenOptions, 'gate' | 'signal'>;

export interface RunOptions {
  /** What is known of the answer for the log; filled in here. */
  report: RequestReport;
  /** Whether the client reads a stream; else a failure becomes an HTTP error also in mid-answer. */
  streamed: boolean;
  /** Pad the deltas of the stream. */
  obfuscate?: boolean;
  /** Silence of the upstream after which a stream begins without it, ms; 0: it waits. */
  startTimeoutMs: number;
  /** What becomes of the answer when its client leaves. */
  whenLost?: 'abort' | 'continue';
  /** Keeps the answer; absent: nobody does. */
  recorder?: Recorder | null;
  /** Called once, when the model has begun to answer: what it was asked need not be put in another form any more. */
  whenAnswering?: (answer: Answer) => void;
  /** Called once, when the run is over, whatever has ended it. */
  whenOver?: () => void;
  /** What the model is asked first; null: it is not asked, and the answer is empty. */
  question: Question | null;
  openAnswer: (handlers: Pick<AnswerHandlers, 'emit' | 'resume' | 'signal'>) => Answer;
  ask: (chat: ChatRequest, controls: RunControls) => Observable<UpstreamAnswer>;
  /** Errors with what to say of the error of a question that was not answered. */
  explain: (error: unknown) => Observable<never>;
  /** What to ask instead, where the upstream has refused to answer what it was `asked` and would take another form; else null. */
  translateAnew: (error: unknown, asked: Question) => Question | null;
}
