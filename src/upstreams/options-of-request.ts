import type { RequestContext } from '../request/request-context.js';
import type { UpstreamOptions } from './upstream.client.js';

const SIMULATOR_HEADERS = ['x-sim-fault', 'x-sim-fault-after'];

/** What a model server may learn of the request that it is asked for. */
export function optionsOfRequest(context: RequestContext): UpstreamOptions {
  return {
    requestId: context.id,
    credentials: context.authorization,
    simulatorHeaders: simulatorHeaders(context),
  };
}

/** The simulator's faults, so that they can be tried through the gateway. */
function simulatorHeaders(context: RequestContext): Record<string, string> | undefined {
  const given = SIMULATOR_HEADERS.map((name) => [name, context.header(name)] as const);
  const present = given.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}
