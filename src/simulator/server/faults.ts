import { pick } from '../script/seeded-random.js';
import { type FaultName, findFault } from '../simulator-options.js';
import { ApiError, ENGINE_FAILURE, errorBody } from './api-error.js';
import type { Exchange } from './exchange.js';
import { pythonDumps } from '../output/python-json.js';

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
  const asked = exchange.header('x-sim-fault');
  const byChance = failures() * 100 < options.failureInjectionRate;
  const name = asked === undefined ? pick(failures, byChance ? options.failureTypes : []) : findFault(asked);
  if (asked !== undefined && name === undefined) throw new ApiError(400, `Unknown fault '${asked}'.`);
  if (name === undefined) return undefined;
  stats.faults += 1;
  const after = Number(exchange.header('x-sim-fault-after'));
  return { name, after: Number.isInteger(after) && after > 0 ? after : DEFAULT_AFTER };
}

/**
 * Faults in place of an answer; true when the request is dealt with.
 *
 * @throws ApiError with the status that the fault names
 */
export async function failEarly({ name }: Fault, exchange: Exchange): Promise<boolean> {
  if (name === 'reset') {
    exchange.destroy(true);
    return true;
  }
  if (name === 'hang') {
    await exchange.hang();
    return true;
  }
  const status = Number(name);
  if (Number.isNaN(status)) return false;
  // LMDeploy itself knows no 429; a proxy before it does, and says when to come back.
  if (status === 429 || status === 503) exchange.res.setHeader('retry-after', '1');
  throw new ApiError(status, `Injected failure ${status}.`);
}

/** Lets a stream go wrong at this place; true when that was the end of it. */
export async function failInStream({ name }: Fault, exchange: Exchange): Promise<boolean> {
  switch (name) {
    case 'cut':
      // What was written must leave before the socket goes, else the client would see no stream at all.
      await exchange.pause(0);
      exchange.destroy(false);
      return true;
    case 'midstream':
      await exchange.write(`data: ${pythonDumps({ error: errorBody(500, ENGINE_FAILURE) })}\n\n`);
      await exchange.write('data: [DONE]\n\n');
      exchange.res.end();
      return true;
    case 'malformed':
      await exchange.write('data: {"id": "chatcmpl-broken", "choices": [{"index": 0, "delta": {\n\n');
      return false;
    default:
      return false;
  }
}

/**
 * What the stream's faults do to an answer that is not streamed; true when the request is dealt with.
 *
 * @throws ApiError with status 500
 */
export function failWhole({ name }: Fault, exchange: Exchange, body: object): boolean {
  if (name === 'midstream') throw new ApiError(500, ENGINE_FAILURE);
  if (name !== 'cut' && name !== 'malformed') return false;
  const text = JSON.stringify(body);
  const half = text.slice(0, Math.ceil(text.length / 2));
  exchange.res.setHeader('content-type', 'application/json');
  if (name === 'malformed') exchange.res.end(half);
  else {
    exchange.res.setHeader('content-length', Buffer.byteLength(text));
    exchange.res.write(half, () => {
      exchange.destroy(false);
    });
  }
  return true;
}
