import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../config/environment.js';
import { DatabaseModule } from '../database/database.module.js';
import { Database } from '../database/database.service.js';
import {
  type DefaultFactory,
  defaultToken,
  extensionPoint,
  extensionToken,
} from '../extension/extension-point.js';
import { EventLog } from './event-log.js';
import { IdempotencyStore } from './idempotency-store.js';
import { JobQueue } from './job-queue.js';
import { Lease } from './lease.js';
import { InProcessJobQueue } from './memory/in-process-job-queue.js';
import { BullJobQueue } from './redis/bull-job-queue.js';
import { MemoryRateCounter } from './memory/memory-rate-counter.js';
import { MemorySlotCounter } from './memory/memory-slot-counter.js';
import { RateCounter } from './rate-counter.js';
import { RedisConnections } from './redis/redis-connections.js';
import { RedisEventLog } from './redis/redis-event-log.js';
import { RedisIdempotencyStore } from './redis/redis-idempotency-store.js';
import { RedisLease } from './redis/redis-lease.js';
import { RedisRateCounter } from './redis/redis-rate-counter.js';
import { RedisSlotCounter } from './redis/redis-slot-counter.js';
import { SlotCounter } from './slot-counter.js';
import { SqlEventLog } from './sql/sql-event-log.js';
import { SqlIdempotencyStore } from './sql/sql-idempotency-store.js';
import { SqlLease } from './sql/sql-lease.js';

const POINTS = [EventLog, IdempotencyStore, JobQueue, Lease, RateCounter, SlotCounter];

/** With REDIS_URL what several replicas share is in Redis, else in the database or the memory of this process. `RedisConnections` is null then. */
@Global()
@Module({
  imports: [DatabaseModule],
  providers: [
    {
      provide: RedisConnections,
      inject: [Environment, PinoLogger],
      useFactory: (environment: Environment, logger: PinoLogger) =>
        RedisConnections.open(environment, logger),
    },
    ...extensionPoint(EventLog, either<EventLog>(RedisEventLog, SqlEventLog)),
    ...extensionPoint(IdempotencyStore, either<IdempotencyStore>(RedisIdempotencyStore, SqlIdempotencyStore)),
    ...extensionPoint(Lease, either<Lease>(RedisLease, SqlLease)),
    ...extensionPoint(JobQueue, {
      inject: [RedisConnections, Environment, PinoLogger],
      useFactory: openQueue,
    }),
    ...extensionPoint(RateCounter, {
      inject: [RedisConnections],
      useFactory: (connections: RedisConnections | null) =>
        connections ? new RedisRateCounter(connections) : new MemoryRateCounter(),
    }),
    ...extensionPoint(SlotCounter, {
      inject: [RedisConnections, Environment],
      useFactory: (connections: RedisConnections | null, { LEASE_MS }: Environment) =>
        connections ? new RedisSlotCounter(connections, LEASE_MS) : new MemorySlotCounter(),
    }),
  ],
  exports: [RedisConnections, ...POINTS.flatMap((point) => [defaultToken(point), extensionToken(point)])],
})
export class CoordinationModule {}

function either<T>(
  InRedis: new (connections: RedisConnections) => T,
  InDatabase: new (database: Database) => T,
): DefaultFactory<T> {
  return {
    inject: [RedisConnections, Database],
    useFactory: (connections: RedisConnections | null, database: Database) =>
      connections ? new InRedis(connections) : new InDatabase(database),
  };
}

function openQueue(
  connections: RedisConnections | null,
  environment: Environment,
  logger: PinoLogger,
): JobQueue | Promise<JobQueue> {
  logger.setContext(JobQueue.name);
  if (connections) return BullJobQueue.open(connections, environment, logger);
  const { BACKGROUND_CONCURRENCY: concurrency, BACKGROUND_QUEUE_LIMIT: limit } = environment;
  return new InProcessJobQueue({ concurrency, limit }, logger);
}
