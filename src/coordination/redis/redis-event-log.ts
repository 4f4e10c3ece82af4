import type { ResponseEvent } from '../../contracts/response-events.js';
import { EventLog, type LoggedEvents } from '../event-log.js';
import { logGap } from '../log-gap.js';
import { BATCHES, type EventBatch, LOOK_AGAIN_MS, readBatches, UNFINISHED_KEPT_MS } from '../read-batches.js';
import { KEY_PREFIX, type RedisConnections } from './redis-connections.js';
import { RedisScript } from './redis-script.js';

/**
 * The id of an entry is the sequence number of its last event, plus 1, as Redis has no 0-0: what is appended twice is refused, and what
 * stands behind an event is one range. An end that comes later is an entry behind them, with the same number.
 */
const APPEND = new RedisScript(`
  local first, last, body, is_end, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
  local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  local known = top and tonumber(string.match(top[1], '^%d+')) - 1 or -1
  if first > known + 1 then return 0 end
  if not top or top[2][4] == '0' then
    if last > known then
      redis.call('XADD', KEYS[1], string.format('%d-0', last + 1), 'events', body, 'end', is_end)
    elseif is_end == '1' then
      redis.call('XADD', KEYS[1], string.format('%d-1', known + 1), 'events', '[]', 'end', '1')
    end
    redis.call('PEXPIRE', KEYS[1], keep)
  end
  redis.call('PUBLISH', KEYS[1], '')
  return 1`);

type Entry = [id: string, fields: string[]];

/** A stream for each log; its key is the channel on which followers are told, too. */
export class RedisEventLog extends EventLog {
  constructor(private readonly connections: RedisConnections) {
    super();
  }

  async append(
    name: string,
    events: readonly ResponseEvent[],
    { isEnd, keepMs }: { isEnd: boolean; keepMs: number },
  ): Promise<void> {
    const first = events[0]?.sequence_number ?? 0;
    const appended = await this.connections.runScript(
      APPEND,
      keyOf(name),
      events.length === 0 ? -1 : first,
      events.at(-1)?.sequence_number ?? -1,
      JSON.stringify(events),
      isEnd ? 1 : 0,
      isEnd ? keepMs : UNFINISHED_KEPT_MS,
    );
    if (appended === 0) throw logGap(name, first);
  }

  async read(name: string, after: number, limit: number): Promise<LoggedEvents | null> {
    const key = keyOf(name);
    const entries = await this.connections.run((redis) =>
      redis.xrange(key, `${after + 2}-0`, '+', 'COUNT', Math.min(limit, BATCHES)),
    );
    if (entries.length > 0) return readBatches(entries.map(toBatch), after, limit);
    const [last] = await this.connections.run((redis) => redis.xrevrange(key, '+', '-', 'COUNT', 1));
    // They were appended between the two questions.
    if (last && parseInt(last[0], 10) > after + 1) return this.read(name, after, limit);
    return last ? { events: [], isEnded: toBatch(last).isEnd } : null;
  }

  follow(name: string, listener: () => void): () => void {
    const unsubscribe = this.connections.subscriber.subscribe(keyOf(name), listener);
    const timer = setInterval(listener, LOOK_AGAIN_MS).unref();
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  async delete(name: string): Promise<void> {
    await this.connections.run(async (redis) => {
      await redis.del(keyOf(name));
      await redis.publish(keyOf(name), '');
    });
  }
}

function keyOf(name: string): string {
  return `${KEY_PREFIX}events:${name}`;
}

function toBatch([, fields]: Entry): EventBatch {
  return { body: fields[1] ?? '[]', isEnd: fields[3] === '1' };
}
