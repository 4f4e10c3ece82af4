import type { ChatRequest } from '../contracts/chat-completions.js';
import type { Gate } from '../request/gate.js';
import { OptionsOfRequest } from '../upstreams/options-of-request.js';
import type { OpenOptions } from '../upstreams/upstream.client.js';
import { affinityKeyOf } from './affinity-key.js';
import type { PreparedRequest } from './prepared-request.js';
import type { RunControls } from './run/run-options.js';

/** What goes with one question to a model server. */
export class AskOptions extends OptionsOfRequest implements OpenOptions {
  readonly upstreams: readonly string[] | undefined;
  readonly gate: Gate;

  constructor(
    private readonly chat: ChatRequest,
    private readonly prepared: PreparedRequest,
    private readonly controls: RunControls,
  ) {
    super(prepared.context);
    this.upstreams = prepared.target.upstreams;
    this.gate = controls.gate;
  }

  get signal(): AbortSignal {
    return this.controls.signal;
  }

  /** Read where there are several servers to choose from. */
  get affinityKey(): string {
    const { request, resolved, context } = this.prepared;
    const { chat } = this;
    return affinityKeyOf({ body: request.body, conversationId: resolved.conversationId, chat, context });
  }
}
