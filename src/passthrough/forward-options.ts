import { type RequestContext, tenantOf } from '../request/request-context.js';
import type { Trace } from '../request/trace.js';
import { optionsOfRequest } from '../upstreams/options-of-request.js';
import type { OpenOptions, UpstreamOptions } from '../upstreams/upstream.client.js';
import type { ChatBody } from './chat-body.js';

/** What goes with a request that is passed on. A class, as {@link AskOptions} is one. */
export class ForwardOptions implements Omit<OpenOptions, 'gate' | 'signal'> {
  readonly requestId: string | undefined;
  readonly credentials: string | undefined;
  readonly header: UpstreamOptions['header'];
  readonly trace: Trace | undefined;

  constructor(
    private readonly body: ChatBody,
    readonly upstreams: readonly string[] | undefined,
    private readonly context: RequestContext,
  ) {
    const { requestId, credentials, header, trace } = optionsOfRequest(context);
    this.requestId = requestId;
    this.credentials = credentials;
    this.header = header;
    this.trace = trace;
  }

  /** Read where there are several servers to choose from. */
  get affinityKey(): string | undefined {
    const { beginning } = this.body;
    return beginning === undefined ? undefined : `${tenantOf(this.context)}\n${beginning}`;
  }
}
