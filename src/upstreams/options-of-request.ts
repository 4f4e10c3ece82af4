import type { RequestContext } from '../request/request-context.js';
import type { UpstreamOptions } from './upstream.client.js';

/** What a client may know of the request that it asks a model server for. */
export function optionsOfRequest(context: RequestContext): UpstreamOptions {
  return {
    requestId: context.id,
    credentials: context.authorization,
    header: (name) => context.header(name),
    trace: context.trace,
  };
}
