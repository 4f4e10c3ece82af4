import type { McpCallError, OutputItem } from '../contracts/responses-api.js';
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
  /** Tokens that it may write in all its turns; null: as many as it likes. */
  maxOutputTokens: number | null;
  isServed(name: string): boolean;
  /** Rejects for nothing but `signal`. @param approvalId of what the client has allowed; undefined: it need not be asked */
  call(
    call: { tool: ToolBinding; arguments: string; approvalId?: string },
    signal: AbortSignal,
  ): Promise<CallResult>;
  /**
   * What the model is asked next.
   *
   * @param items what was said and done in this answer so far
   * @param mayCall whether it may call tools
   * @param tokensLeft that it may write; null: as many as it likes
   */
  nextQuestion(items: readonly unknown[], mayCall: boolean, tokensLeft: number | null): Question;
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
  /** Of searches whose items are not in the history yet. */
  private readonly queries: string[] = [];
  private searchCount = 0;
  private itemsSeen = 0;
  private unseenSeen = 0;
  private callCount = 0;
  private runCount = 0;
  private turnCount = 1;
  private isExhausted = false;
  /** Whether anything was run. */
  private hasRun = false;

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

  get hasActed(): boolean {
    return this.hasRun;
  }

  forTurn(turn: Turn): ToolRun {
    return {
      nextCall: () => this.callCount++,
      take: () => this.take(),
      takeSearch: (query) => this.takeSearch(query),
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
        turn.goOn(() => this.nextQuestion(refused));
      },
    };
  }

  private open(allowed: readonly AllowedCall[], ask: (question: Question) => void): void {
    const { emit } = this.options;
    const calls = allowed.map((given) => {
      const call = this.callCount++;
      emit({ kind: 'allowed-call', call, ...given });
      return { call, ...given, isBeyond: !this.take() };
    });
    this.run(calls, emit, () => {
      const question = this.nextQuestion([]);
      if (question) ask(question);
    });
  }

  private take(): boolean {
    const mayRun = this.runCount < this.options.toolbox.maxCalls;
    if (mayRun) this.runCount++;
    else this.isExhausted = true;
    return mayRun;
  }

  private takeSearch(query: string): boolean {
    const maySearch = this.searchCount < MAX_SEARCHES;
    this.searchCount++;
    if (maySearch) this.queries.push(query);
    return maySearch;
  }

  private run(calls: readonly AnyCall[], ended: EmitSegment, done: () => void): void {
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
  private async call(call: AnyCall, signal: AbortSignal): Promise<CallResult | null> {
    if (call.isBeyond) return { output: null, error: LIMIT };
    this.hasRun = true;
    try {
      return await this.options.toolbox.call(call, signal);
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

  /** @returns null where the model has written all that it may, and the answer ends with that */
  private nextQuestion(refused: readonly RefusedCall[]): Question | null {
    const { toolbox, stream, emit } = this.options;
    const { maxOutputTokens: limit } = toolbox;
    const tokensLeft = limit === null ? null : limit - (stream.tokens?.output_tokens ?? 0);
    if (tokensLeft !== null && tokensLeft < 1) {
      emit({ kind: 'finish', reason: 'length' });
      return null;
    }
    stream.endTurn();
    this.remember(refused);
    const mayCall = !this.isExhausted && this.turnCount < toolbox.maxTurns;
    return toolbox.nextQuestion(this.history, mayCall, tokensLeft);
  }

  /** Keeps what this turn has added, in the form of an input. */
  private remember(refused: readonly RefusedCall[]): void {
    const { items } = this.options.stream;
    // What was said behind the calls stands before them: a model goes on from results, not from its own words.
    const calls: unknown[] = [];
    for (; this.itemsSeen < items.length; this.itemsSeen++) {
      this.rememberUnseen(this.itemsSeen);
      const item = items[this.itemsSeen];
      if (item) (IS_OF_TOOLS.has(item.type) ? calls : this.history).push(this.asInput(item));
    }
    this.rememberUnseen(items.length);
    this.history.push(...calls);
    for (const { name, arguments: given, reason } of refused) {
      const id = `refused_${this.history.length}`;
      this.history.push(
        { type: 'function_call', call_id: id, name, arguments: given },
        { type: 'function_call_output', call_id: id, output: reason },
      );
    }
  }

  /** With what the model is to see of it and the client is not. */
  private asInput(item: OutputItem): unknown {
    if (item.type === 'tool_search_call' && item.execution === 'server')
      return { ...item, arguments: { query: this.queries.shift() ?? '' } };
    return { ...item, ...this.shown.get(item.id) };
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

/** What the gateway has done for the model. */
const IS_OF_TOOLS: ReadonlySet<OutputItem['type']> = new Set([
  'mcp_call',
  'tool_search_call',
  'tool_search_output',
  'web_search_call',
  'code_interpreter_call',
  'file_search_call',
]);

/** Of one answer: each is done at once, on the event loop. */
const MAX_SEARCHES = 16;

/** A call that the model has made, or that the client has allowed. */
interface AnyCall extends RunnableCall {
  approvalId?: string;
  /** Whether the limit of calls was reached before it. */
  isBeyond?: boolean;
}

const LIMIT: McpCallError = {
  type: 'mcp_protocol_error',
  code: -32_000,
  message: 'The limit of tool calls is reached: the call was not made.',
};
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
