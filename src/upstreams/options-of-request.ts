import type { RequestContext } from '../request/request-context.js';
import type { Trace } from '../request/trace.js';
import type { UpstreamOptions } from './upstream.client.js';

/**
 * What a client may know of the request that it asks a model server for. A class, so that what adds getters to it is one: V8 makes a
 * hidden class of its own of each literal with getters, which lives until the old generation is collected, and with it all that the
 * getters refer to.
 */
export class OptionsOfRequest implements UpstreamOptions {
  readonly requestId: string;
  readonly credentials: string | undefined;
  readonly header: (name: string) => string | undefined;
  readonly trace: Trace;

  constructor(context: RequestContext) {
    this.requestId = context.id;
    this.credentials = context.authorization;
    this.header = (name) => context.header(name);
    this.trace = context.trace;
  }
}
