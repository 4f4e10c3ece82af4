import type { ChatCompletion } from '../contracts/chat-completions.js';
import type { McpCallError, OutputItem } from '../contracts/responses-api.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { AskAgain, Lack, Question } from './segments/ask-again.js';
import { KeepDraft } from './segments/keep-draft.js';
import type { ChunkReader } from './segments/read-chunk.js';
import type { EmitSegment } from './vocabulary/segment.js';
import type { ResponseStream } from './stream/response-stream.js';
import type { TurnPlan } from './turn-plan.js';

/** What a turn asks of the model. */
export interface FollowUp {
  question: Question;
  /** The question that this one says in other words; absent: it is itself the one that matters. */
  original?: Question;
  /** The answer of the turn before, held back: it stands where this turn brings none. */
  draft: KeepDraft | null;
}

/** A call of a hosted tool as the model is shown it: its item tells the client little of the result. */
export interface UnseenCall {
  type: 'mcp_call';
  name: string;
  arguments: string;
  status: 'completed' | 'failed';
  output: string | null;
  error: McpCallError | null;
}

/** It belongs before the output item of this index, whose id is its `call_id`. */
export interface PlacedCall {
  item: UnseenCall & { call_id: string };
  before: number;
}

/** One answer: the stream of its events, and the turns whose output goes into it, one after the other. */
export interface Answer {
  readonly stream: ResponseStream;
  readonly unseenCalls: readonly PlacedCall[];
  /** What is done before the model is asked; it is then handed what to ask. null: nothing. */
  readonly opening: ((ask: (question: Question) => void) => void) | null;
  /** Whether the model may still have to be asked something else, or what it was asked be counted. */
  readonly needsQuestion: boolean;
  /** Whether tools were run: the same request, sent again, would run them again. */
  hasActed(): boolean;
  openTurn(followUp: FollowUp): Turn;
}

export interface TurnOptions {
  stream: ResponseStream;
  /** Makes the stages between the upstream's chunks and the stream. */
  buildPipeline(plan: TurnPlan, turn: Turn, draft: KeepDraft | null): EmitSegment;
  /** Makes the reader of the upstream's chunks. */
  openReader(plan: TurnPlan): ChunkReader;
  /** How often another answer may be asked for; shared by the turns of an answer, which use it up. */
  retriesLeft: Record<Lack, number>;
  /** What is asked behind an answer that has ended well, so that it is summed up; absent or null: nothing is. */
  summarise?: Summarise;
}

/**
 * @param tokens of the context: what the last turn has read and written
 * @param output of the answer
 */
export type Summarise = (tokens: number, output: readonly OutputItem[]) => Question | null;

/**
 * One ask of the model: its chunks in, through a reader and a pipeline of its own, segments out to the stream of the answer.
 * `end` says what it came to: the answer stands, or something else is to be asked first. A stage decides that: it holds back the
 * end of the answer, and calls `ask` (or `wait`, and `resume` later), as one that runs tools between two turns would.
 */
export class Turn implements AskAgain {
  private readonly reader: ChunkReader;
  private readonly pipeline: EmitSegment;
  private followUp: FollowUp | null = null;
  /** Makes the question that goes on from this turn. */
  private next: (() => Question | null) | null = null;
  private readonly tokensBefore: number;
  private waiting: 'no' | 'for more' | 'for itself' = 'no';

  constructor(
    readonly asked: FollowUp,
    protected readonly options: TurnOptions,
  ) {
    const { plan } = asked.question;
    this.tokensBefore = options.stream.tokens?.total_tokens ?? 0;
    options.stream.beginTurn();
    this.reader = options.openReader(plan);
    this.pipeline = options.buildPipeline(plan, this, asked.draft);
  }

  /** Whether the model has said how it stopped: only usage can follow. */
  get isFinished(): boolean {
    return (
      this.options.stream.isFinished || this.waiting !== 'no' || this.followUp !== null || this.next !== null
    );
  }

  /** Whether a stage works on how the answer ends: `end` has to wait. */
  get isWaiting(): boolean {
    return this.waiting !== 'no';
  }

  /** Whether nothing more is wanted of the upstream. */
  get isCut(): boolean {
    return this.waiting === 'for itself';
  }

  /** @throws Error for a chunk of a shape that no server should send */
  pushChunk(chunk: ChatCompletion): void {
    this.reader.pushChunk(chunk, this.pipeline);
  }

  /** The upstream has said everything. @returns what to ask next; null: the answer stands, and has ended */
  end(): FollowUp | null {
    if (this.followUp) return this.followUp;
    const question = this.next?.();
    if (question) return { question, draft: null };
    this.asked.draft?.release();
    const summary = this.askForSummary();
    if (!summary) this.options.stream.end();
    return summary;
  }

  /** Ends the answer, with the one that was held back where there is one: it is not lost with this turn. */
  fail(error: GatewayError): void {
    if (this.asked.draft?.release()) this.options.stream.end();
    else this.options.stream.fail(error);
  }

  mayAsk(lack: Lack): boolean {
    return this.options.retriesLeft[lack] > 0;
  }

  ask(lack: Lack, amend: (question: Question) => Question, giveOut: () => void): boolean {
    if (!this.mayAsk(lack)) return false;
    this.options.retriesLeft[lack]--;
    const original = this.asked.original ?? this.asked.question;
    this.followUp = { question: amend(original), original, draft: new KeepDraft(giveOut) };
    return true;
  }

  /** Has a question asked that goes on from this turn. @param make called when the turn has been paid for; null: it is the last one */
  goOn(make: () => Question | null): void {
    this.next = make;
  }

  /** Called by a stage that holds the end of the answer back. @param cut the upstream need not be read on */
  wait(cut: boolean): void {
    this.waiting = cut ? 'for itself' : 'for more';
  }

  /** The stage that has called `wait` goes on. */
  resume(): void {
    this.waiting = 'no';
  }

  private askForSummary(): FollowUp | null {
    const { stream, summarise } = this.options;
    const tokens = (stream.tokens?.total_tokens ?? 0) - this.tokensBefore;
    const question = stream.wholeOutput ? summarise?.(tokens, stream.wholeOutput) : null;
    return question ? { question, draft: null } : null;
  }
}
