/** A model server as the choice sees it. */
export interface Choosable {
  /** Told apart by: a hash of its name. */
  readonly seed: number;
  /** Its share of the requests, in proportion to the others. */
  readonly weight: number;
  /** Requests of this gateway that it is answering. */
  readonly inFlight: number;
  /** Requests that wait in its own queue, by its last word. */
  readonly queued: number;
  /** Requests that it gets at the same time at most. */
  readonly maxInFlight: number;
}

/** What a server may have of the mean before its requests go to others, which have not the beginning of theirs in their caches. */
const BOUND = 1.25;
/** Few requests are never even: so many more than the mean are no burden. */
const SLACK = 2;

/**
 * Chooses who answers a request. With a key it is always the same server, by a weighted rendezvous hash: when one comes or goes, only
 * the keys change their server that have to. A server that has more than its bound is passed over for the next in the order of the
 * key. Without a key it is the server with the least to do for its weight.
 *
 * @param key hash of what requests with a common beginning share; undefined: none
 * @param turn counts requests, so that equals take turns
 * @returns null: all have as many requests as they take
 */
export function chooseServer<T extends Choosable>(
  servers: readonly T[],
  key: number | undefined,
  turn: number,
): T | null {
  const free = servers.filter(({ inFlight, maxInFlight }) => inFlight < maxInFlight);
  if (free.length < 2 || key === undefined) return leastLoaded(free, turn);
  let load = 1;
  let weight = 0;
  for (const server of servers) {
    load += loadOf(server);
    weight += server.weight;
  }
  let best: T | null = null;
  let bestScore = -1;
  for (const server of free) {
    if (loadOf(server) + 1 > boundOf((load * server.weight) / weight)) continue;
    const score = scoreOf(server, key);
    if (score > bestScore) {
      best = server;
      bestScore = score;
    }
  }
  return best ?? leastLoaded(free, turn);
}

/** @param mean of the requests, this one included, for a server of this weight */
export function boundOf(mean: number): number {
  return Math.max(Math.ceil(mean * BOUND), Math.ceil(mean) + SLACK);
}

function leastLoaded<T extends Choosable>(servers: readonly T[], turn: number): T | null {
  let best: T | null = null;
  let least = Infinity;
  for (let step = 0; step < servers.length; step++) {
    const server = servers[(turn + step) % servers.length];
    if (!server) continue;
    const load = (loadOf(server) + 1) / server.weight;
    // For next to no weight it may be beyond all numbers.
    if (!best || load < least) {
      best = server;
      least = load;
    }
  }
  return best;
}

function loadOf({ inFlight, queued }: Choosable): number {
  return inFlight + queued;
}

/** The larger the better; among all keys each server is best for its share by weight. */
function scoreOf({ seed, weight }: Choosable, key: number): number {
  return weight / -Math.log((mix(key ^ seed) + 0.5) / 0x100000000);
}

/** MurmurHash3's last step: every bit of the number changes half of those of the result. */
function mix(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
