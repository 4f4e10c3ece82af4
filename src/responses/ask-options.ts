import type { ChatRequest } from '../contracts/chat-completions.js';
import type { Gate } from '../request/gate.js';
import { OptionsOfRequest } from '../upstreams/options-of-request.js';
import type { OpenOptions } from '../upstreams/upstream.client.js';
import type { PreparedRequest } from './prepared-request.js';
import type { RunControls } from './run/run-options.js';

/** Knows the request while there is something to ask. */
export interface Asker {
  affinityKeyOf(chat: ChatRequest): string | undefined;
}

/** What goes with one question to a model server. It lives as long as the answer, and does not hold the request. */
export class AskOptions extends OptionsOfRequest implements OpenOptions {
  readonly upstreams: readonly string[] | undefined;
  readonly gate: Gate;

  constructor(
    { context, target }: Pick<PreparedRequest, 'context' | 'target'>,
    private readonly chat: ChatRequest,
    private readonly controls: RunControls,
    private readonly asker: Asker,
  ) {
    super(context);
    this.upstreams = target.upstreams;
    this.gate = controls.gate;
  }

  get signal(): AbortSignal {
    return this.controls.signal;
  }

  /** Read where there are several servers to choose from. undefined: the answer has begun, and nothing more is asked. */
  get affinityKey(): string | undefined {
    return this.asker.affinityKeyOf(this.chat);
  }
}
