import type { Redis } from 'ioredis';

/** @param message null where some may have been missed */
export type MessageListener = (message: string | null) => void;

/** One connection for all that this process listens to. Messages are hints: they get lost with the connection. */
export class RedisSubscriber {
  private readonly listeners = new Map<string, Set<MessageListener>>();

  constructor(private readonly redis: Redis) {
    redis.on('message', (channel: string, message: string) => {
      this.tell(channel, message);
    });
    redis.on('ready', () => {
      for (const channel of this.listeners.keys()) this.open(channel);
    });
  }

  /** @returns what ends that */
  subscribe(channel: string, listener: MessageListener): () => void {
    const known = this.listeners.get(channel);
    if (known) known.add(listener);
    else {
      this.listeners.set(channel, new Set([listener]));
      this.open(channel);
    }
    return () => {
      const left = this.listeners.get(channel);
      if (!left?.delete(listener) || left.size > 0) return;
      this.listeners.delete(channel);
      this.redis.unsubscribe(channel).catch(ignore);
    };
  }

  private open(channel: string): void {
    this.redis.subscribe(channel).then(() => {
      this.tell(channel, null);
    }, ignore);
  }

  private tell(channel: string, message: string | null): void {
    for (const listener of this.listeners.get(channel) ?? []) listener(message);
  }
}

/** Without a connection: once it is there again all channels are opened anew. */
function ignore(): void {
  // Nobody waits for it.
}
