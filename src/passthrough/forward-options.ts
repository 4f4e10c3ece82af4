import { type RequestContext, tenantOf } from '../request/request-context.js';
import { OptionsOfRequest } from '../upstreams/options-of-request.js';
import type { OpenOptions } from '../upstreams/upstream.client.js';
import type { ChatBody } from './chat-body.js';

/** What goes with a request that is passed on. */
export class ForwardOptions extends OptionsOfRequest implements Omit<OpenOptions, 'gate' | 'signal'> {
  constructor(
    private readonly body: ChatBody,
    readonly upstreams: readonly string[] | undefined,
    private readonly context: RequestContext,
  ) {
    super(context);
  }

  /** Read where there are several servers to choose from. */
  get affinityKey(): string | undefined {
    const { beginning } = this.body;
    return beginning === undefined ? undefined : `${tenantOf(this.context)}\n${beginning}`;
  }
}
