import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis, RedisOptions } from 'ioredis';
import type { PinoLogger } from 'nestjs-pino';
import type { Environment } from '../../config/environment.js';
import { invalidEnvironment } from '../../config/invalid-environment.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { RedisScript } from './redis-script.js';
import { RedisSubscriber } from './redis-subscriber.js';

/** Begins every key. */
export const KEY_PREFIX = 'responses-gateway:';
const CONNECT_TIMEOUT_MS = 3_000;
const COMMAND_TIMEOUT_MS = 2_000;
/** A connection that has become silent while a command waits is given up. */
const SILENCE_MS = 4_000;
const LONGEST_PAUSE_MS = 1_000;

const OPTIONS = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  keepAlive: 10_000,
  connectionName: 'responses-gateway',
  autoResubscribe: false,
  retryStrategy: (times) => Math.min(25 * 2 ** Math.min(times, 10), LONGEST_PAUSE_MS),
  // After a failover the former master still answers.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions;

/** What fails at once while Redis cannot be reached. */
const IMPATIENT = {
  ...OPTIONS,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: COMMAND_TIMEOUT_MS,
  socketTimeout: SILENCE_MS,
} satisfies RedisOptions;

/** The connections of this process to Redis. They come back by themselves; losing them and having them again is logged once. */
export class RedisConnections implements OnApplicationShutdown {
  /** For commands. */
  readonly commands: Redis;
  readonly subscriber: RedisSubscriber;
  private readonly opened: Redis[] = [];
  private readonly closers: (() => Promise<void>)[] = [];
  private lastError = new Error('the connection was closed');
  private isLost = false;
  private isClosing = false;

  private constructor(
    private readonly create: (options: RedisOptions) => Redis,
    private readonly logger: PinoLogger,
  ) {
    this.commands = this.make(IMPATIENT);
    const listening = this.make(IMPATIENT);
    this.subscriber = new RedisSubscriber(listening);
  }

  /**
   * @returns null without REDIS_URL
   * @throws Error naming REDIS_URL, and why it cannot be used
   */
  static async open(
    { REDIS_URL }: Pick<Environment, 'REDIS_URL'>,
    logger: PinoLogger,
  ): Promise<RedisConnections | null> {
    if (REDIS_URL === undefined) return null;
    logger.setContext(RedisConnections.name);
    const { Redis: Client } = await import('ioredis');
    const connections = new RedisConnections((options) => new Client(REDIS_URL, options), logger);
    try {
      await connections.connect();
    } catch {
      const { message } = connections.lastError;
      await connections.onApplicationShutdown();
      throw invalidEnvironment(`REDIS_URL=${withoutSecrets(REDIS_URL)}: cannot be used: ${message}`);
    }
    connections.watch();
    return connections;
  }

  /** Whether Redis answers. */
  async isReady(): Promise<boolean> {
    return this.commands.ping().then(
      () => true,
      () => false,
    );
  }

  /**
   * Runs commands.
   *
   * @throws GatewayError `store_unavailable` when Redis cannot be reached or has failed
   */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await work(this.commands);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw new GatewayError('store_unavailable', { cause: error });
    }
  }

  /** Likewise for a script of one key. */
  runScript(script: RedisScript, key: string, ...values: (string | number)[]): Promise<unknown> {
    return this.run((redis) => script.run(redis, key, ...values));
  }

  /** A connection whose commands wait until Redis can be reached again; such as those of workers. */
  openPatient(): Redis {
    return this.make({ ...OPTIONS, maxRetriesPerRequest: null });
  }

  /** Logs what has gone wrong otherwise: that Redis cannot be reached is known. */
  report(error: Error): void {
    if (!this.isLost && !this.isClosing) this.logger.warn({ err: error }, 'Redis: a command has failed');
  }

  /** Has something closed before the connections are. */
  onClose(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.closers.map((close) => close()));
    this.isClosing = true;
    for (const redis of this.opened) redis.disconnect();
  }

  private make(options: RedisOptions): Redis {
    const redis = this.create(options);
    redis.on('error', (error) => {
      this.lastError = error;
    });
    this.opened.push(redis);
    return redis;
  }

  private async connect(): Promise<void> {
    await Promise.all(this.opened.map((redis) => redis.connect()));
  }

  private watch(): void {
    this.commands.on('close', () => {
      if (this.isLost || this.isClosing) return;
      this.isLost = true;
      this.logger.error({ err: this.lastError }, 'Redis cannot be reached');
    });
    this.commands.on('ready', () => {
      if (this.isLost) this.logger.info('Redis can be reached again');
      this.isLost = false;
    });
  }
}

function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
