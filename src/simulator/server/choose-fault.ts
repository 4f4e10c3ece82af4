import { pick } from '../engine/seeded-random.js';
import { type FaultName, findFault } from '../fault-names.js';
import { ApiError } from './api-error.js';
import type { Exchange } from './exchange.js';

const DEFAULT_AFTER = 2;

/** A fault and the number of tokens a stream gives before it. */
export interface Fault {
  name: FaultName;
  after: number;
}

/**
 * The fault this request meets, if any: the one it asks for by `x-sim-fault` (and `x-sim-fault-after`),
 * else one by chance.
 *
 * @throws ApiError with status 400 for a name that is not known
 */
export function chooseFault(exchange: Exchange): Fault | undefined {
  const { options, failures, stats } = exchange.state;
  const asked = isLoopback(exchange) ? exchange.header('x-sim-fault') : undefined;
  const byChance = failures() * 100 < options.failureInjectionRate;
  const name = asked === undefined ? pick(failures, byChance ? options.failureTypes : []) : findFault(asked);
  if (asked !== undefined && name === undefined) throw ApiError.flat(400, `Unknown fault '${asked}'.`);
  if (name === undefined) return undefined;
  stats.faults += 1;
  const after = Number(exchange.header('x-sim-fault-after'));
  return { name, after: Number.isInteger(after) && after > 0 ? after : DEFAULT_AFTER };
}

/** Whoever is outside must not break a server that was opened to a network. */
function isLoopback({ req }: Exchange): boolean {
  const address = req.socket.remoteAddress ?? '';
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
