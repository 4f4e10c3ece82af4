import type { ChatRequest } from '../contracts/chat-completions.js';
import type { Gate } from '../request/gate.js';
import type { Trace } from '../request/trace.js';
import { optionsOfRequest } from '../upstreams/options-of-request.js';
import type { OpenOptions } from '../upstreams/upstream.client.js';
import { affinityKeyOf } from './affinity-key.js';
import type { PreparedRequest } from './prepared-request.js';
import type { RunControls } from './run/run-options.js';

/**
 * What goes with one question to a model server. A class: V8 makes a hidden class of its own of each literal with getters, which
 * lives until the old generation is collected, and with it all that the getters refer to.
 */
export class AskOptions implements OpenOptions {
  readonly requestId: string | undefined;
  readonly credentials: string | undefined;
  readonly header: OpenOptions['header'];
  readonly trace: Trace | undefined;
  readonly upstreams: readonly string[] | undefined;
  readonly gate: Gate;

  constructor(
    private readonly chat: ChatRequest,
    private readonly prepared: PreparedRequest,
    private readonly controls: RunControls,
  ) {
    const { requestId, credentials, header, trace } = optionsOfRequest(prepared.context);
    this.requestId = requestId;
    this.credentials = credentials;
    this.header = header;
    this.trace = trace;
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
