import type { ChatCompletion, ChatRequest } from '../contracts/chat-completions.js';
import type { ResponseUsage } from '../contracts/responses-api.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { AskAgain, Lack, Question } from './segments/ask-again.js';
import { KeepDraft } from './segments/keep-draft.js';
import type { ChunkReader } from './segments/read-chunk.js';
import type { EmitSegment } from './vocabulary/segment.js';
import type { ResponseStream } from './stream/response-stream.js';
import type { TurnPlan } from './turn-plan.js';

export interface TurnOptions {
  stream: ResponseStream;
  question: Question;
  /** Makes the stages between the upstream's chunks and the stream, anew for each answer. */
  buildPipeline: (plan: TurnPlan, turn: Turn, draft: KeepDraft | null) => EmitSegment;
  /** Makes the reader of the upstream's chunks, anew for each answer. */
  openReader: (plan: TurnPlan) => ChunkReader;
  /** How often another answer may be asked for. */
  retries: Readonly<Record<Lack, number>>;
}

/** One answer on its way back: upstream chunks in, Responses events out (through the stream it was made with). */
export class Turn implements AskAgain {
  private reader: ChunkReader;
  private pipeline: EmitSegment;
  private question: Question;
  private next: Question | null = null;
  /** The answer that was held back for the one that is asked for now. */
  private draft: KeepDraft | null = null;
  private readonly retriesLeft: Record<Lack, number>;
  private waiting: 'no' | 'for more' | 'for itself' = 'no';

  constructor(private readonly options: TurnOptions) {
    this.retriesLeft = { ...options.retries };
    this.question = options.question;
    this.reader = options.openReader(this.question.plan);
    this.pipeline = options.buildPipeline(this.question.plan, this, null);
  }

  get isEnded(): boolean {
    return this.options.stream.isEnded;
  }

  /** Whether the model has said how it stopped: only usage can follow. */
  get isFinished(): boolean {
    return this.options.stream.isFinished || this.waiting !== 'no' || this.next !== null;
  }

  /** Whether a stage works on how the answer ends: `end` has to wait. */
  get isWaiting(): boolean {
    return this.waiting !== 'no';
  }

  /** Whether nothing more is wanted of the upstream. */
  get isCut(): boolean {
    return this.waiting === 'for itself';
  }

  get outcome(): 'completed' | 'incomplete' | 'failed' | null {
    return this.options.stream.outcome;
  }

  get failure(): GatewayError | null {
    return this.options.stream.failure;
  }

  get usage(): ResponseUsage | null {
    return this.options.stream.tokens;
  }

  get hasOutput(): boolean {
    return this.options.stream.hasOutput;
  }

  start(): void {
    this.options.stream.start();
  }

  pushChunk(chunk: ChatCompletion): void {
    this.reader.pushChunk(chunk, this.pipeline);
  }

  /** The upstream has said everything. An answer that was held back for another one stands where that one has none. */
  end(): void {
    this.draft?.release();
    this.options.stream.end();
  }

  /** Ends it, with an answer that was held back for another one where there is one: it is not lost with that. */
  fail(error: GatewayError): void {
    if (this.draft?.release()) this.options.stream.end();
    else this.options.stream.fail(error);
  }

  failAnyway(error: GatewayError): void {
    this.options.stream.failAnyway(error);
  }

  mayAsk(lack: Lack): boolean {
    return this.retriesLeft[lack] > 0;
  }

  ask(lack: Lack, amend: (question: Question) => Question, giveOut: () => void): boolean {
    if (!this.mayAsk(lack)) return false;
    this.retriesLeft[lack]--;
    this.next = amend(this.question);
    this.draft = new KeepDraft(giveOut);
    return true;
  }

  /** Called by a stage that holds the end of the answer back. @param cut the upstream need not be read on */
  wait(cut: boolean): void {
    this.waiting = cut ? 'for itself' : 'for more';
  }

  /** The stage that has called `wait` goes on. */
  resume(): void {
    this.waiting = 'no';
  }

  /** The answer was put aside: @returns what to ask the upstream in its place, or null when the answer stands */
  takeNext(): ChatRequest | null {
    const { next } = this;
    if (!next) return null;
    this.next = null;
    this.options.stream.startAgain();
    this.open(next.plan);
    return next.chat;
  }

  /** The question turns out to be one that the upstream takes in another form only; nothing was answered yet. */
  replace(question: Question): void {
    this.question = question;
    this.open(question.plan);
  }

  private open(plan: TurnPlan): void {
    this.reader = this.options.openReader(plan);
    this.pipeline = this.options.buildPipeline(plan, this, this.draft);
  }
}
