import type { McpCallError } from '../contracts/responses-api.js';
import type { Question } from './segments/ask-again.js';
import type { RefusedCall, RunnableCall, ToolRun } from './segments/run-tools.js';
import type { ResponseStream } from './stream/response-stream.js';
import type { ToolListing } from './stream/write-mcp-items.js';
import type { PlacedCall, Turn, UnseenCall } from './turn.js';
import { isHostedKind } from './vocabulary/hosted-kind.js';
import type { CallOutcome, EmitSegment } from './vocabulary/segment.js';
import type { ToolBinding } from './vocabulary/tool-table.js';

/** A call that the client has allowed, and that is run before the model is asked. */
export interface AllowedCall {
  /** Id of the request for approval. */
  approvalId: string;
  tool: ToolBinding;
  /** JSON text. */
  arguments: string;
}

/** What a call came to, with the images for a model that can see them. */
export interface CallResult extends CallOutcome {
  /** Data URLs. */
  images?: readonly string[];
}

/** The tools that the gateway runs in one answer, as the translation needs them. */
export interface ServedToolbox {
  /** Those that the client is told of first. */
  listings: readonly ToolListing[];
  allowed: readonly AllowedCall[];
  /** Calls that may be run. */
  maxCalls: number;
  /** How often the model may be asked. */
  maxTurns: number;
  isServed(name: string): boolean;
  /** Rejects for nothing but `signal`. */
  call(tool: ToolBinding, argumentsText: string, signal: AbortSignal): Promise<CallResult>;
  /**
   * What the model is asked next.
   *
   * @param items what was said and done in this answer so far
   * @param mayCall whether it may call tools
   */
  nextQuestion(items: readonly unknown[], mayCall: boolean): Question;
}

export interface AnswerToolsOptions {
  toolbox: ServedToolbox;
  stream: ResponseStream;
  /** Takes the segments of calls that the client has allowed. */
  emit: EmitSegment;
  resume: (go: () => void) => void;
  signal: () => AbortSignal;
}

/** Runs the tools of one answer, over all its turns. */
export class AnswerTools {
  /** Calls whose items do not tell the client what the model was told. */
  readonly unseenCalls: PlacedCall[] = [];
  private readonly history: unknown[] = [];
  /** By the id of an item: what the model sees in place of its fields. */
  private readonly shown = new Map<string, object>();
  private itemsSeen = 0;
  private unseenSeen = 0;
  private callCount = 0;
  private runCount = 0;
  private turnCount = 1;
  private isExhausted = false;

  constructor(private readonly options: AnswerToolsOptions) {}

  /** Runs what the client has allowed, and then has the model asked; null where there is nothing. */
  get opening(): ((ask: (question: Question) => void) => void) | null {
    const { allowed } = this.options.toolbox;
    return allowed.length === 0
      ? null
      : (ask) => {
          this.open(allowed, ask);
        };
  }

  forTurn(turn: Turn): ToolRun {
    return {
      nextCall: () => this.callCount++,
      take: () => this.take(),
      isServed: (name) => this.options.toolbox.isServed(name),
      run: (calls, ended, done) => {
        turn.wait(false);
        this.run(calls, ended, () => {
          turn.resume();
          done();
        });
      },
      goOn: (refused) => {
        this.turnCount++;
        turn.goOn(this.nextQuestion(refused));
      },
    };
  }

  private open(allowed: readonly AllowedCall[], ask: (question: Question) => void): void {
    const { emit } = this.options;
    const calls = allowed.map((given) => {
      const call = this.callCount++;
      this.runCount++;
      emit({ kind: 'allowed-call', call, ...given });
      return { call, ...given };
    });
    this.run(calls, emit, () => {
      ask(this.nextQuestion([]));
    });
  }

  private take(): boolean {
    const mayRun = this.runCount < this.options.toolbox.maxCalls;
    if (mayRun) this.runCount++;
    else this.isExhausted = true;
    return mayRun;
  }

  private run(calls: readonly RunnableCall[], ended: EmitSegment, done: () => void): void {
    const { resume, signal } = this.options;
    let left = calls.length;
    for (const call of calls) {
      void this.call(call, signal()).then((result) => {
        if (!result) return;
        resume(() => {
          this.keepShown(call, result);
          const { output, error } = result;
          ended({ kind: 'call-result', call: call.call, outcome: { output, error } });
          left--;
          if (left === 0) done();
        });
      });
    }
  }

  /** @returns null where the answer is over */
  private async call(call: RunnableCall, signal: AbortSignal): Promise<CallResult | null> {
    try {
      return await this.options.toolbox.call(call.tool, call.arguments, signal);
    } catch {
      if (signal.aborted) return null;
      return { output: null, error: UNEXPECTED };
    }
  }

  /** Items have no images, and those of hosted tools hardly anything of the result. */
  private keepShown(call: RunnableCall, { output, error, images = [] }: CallResult): void {
    const item = this.options.stream.itemOfCall(call.call);
    if (!item) return;
    const seen = images.length > 0 ? { output: partsOf(output, images) } : {};
    if (isHostedKind(call.tool.kind)) {
      const unseen = unseenCall(call, { output, error });
      this.unseenCalls.push({ item: { ...unseen, call_id: item.id }, before: item.outputIndex });
      this.shown.set(item.id, { ...unseen, ...seen });
    } else if (images.length > 0) this.shown.set(item.id, seen);
  }

  private nextQuestion(refused: readonly RefusedCall[]): Question {
    const { toolbox } = this.options;
    this.options.stream.endTurn();
    this.remember(refused);
    return toolbox.nextQuestion(this.history, !this.isExhausted && this.turnCount < toolbox.maxTurns);
  }

  /** Keeps what this turn has added, in the form of an input. */
  private remember(refused: readonly RefusedCall[]): void {
    const { stream } = this.options;
    const { items } = stream;
    for (; this.itemsSeen < items.length; this.itemsSeen++) {
      this.rememberUnseen(this.itemsSeen);
      const item = items[this.itemsSeen];
      this.history.push(item && { ...item, ...this.shown.get(item.id) });
    }
    this.rememberUnseen(items.length);
    for (const { name, arguments: given, reason } of refused) {
      const id = `refused_${this.history.length}`;
      this.history.push(
        { type: 'function_call', call_id: id, name, arguments: given },
        { type: 'function_call_output', call_id: id, output: reason },
      );
    }
  }

  /** Reasoning that the client was not shown. @param at the place of the item that it stands before */
  private rememberUnseen(at: number): void {
    const { unseen } = this.options.stream;
    for (let next = unseen[this.unseenSeen]; next && next.before <= at; next = unseen[this.unseenSeen]) {
      this.unseenSeen++;
      this.history.push({ type: 'reasoning', content: [{ type: 'reasoning_text', text: next.text }] });
    }
  }
}

/** A call of a hosted tool with all that its item does not tell. */
function unseenCall({ tool, arguments: given }: RunnableCall, { output, error }: CallOutcome): UnseenCall {
  const status = error ? 'failed' : 'completed';
  return { type: 'mcp_call', name: tool.wireName, status, arguments: given, output, error };
}

const UNEXPECTED: McpCallError = { type: 'http_error', code: 500, message: 'The call could not be made.' };

function partsOf(text: string | null, images: readonly string[]): unknown[] {
  return [
    ...(text ? [{ type: 'input_text', text }] : []),
    ...images.map((url) => ({ type: 'input_image', image_url: url })),
  ];
}
