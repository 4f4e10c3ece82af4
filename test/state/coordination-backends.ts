import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '../../src/coordination/event-log.js';
import type { IdempotencyStore } from '../../src/coordination/idempotency-store.js';
import type { Lease } from '../../src/coordination/lease.js';
import { RedisConnections } from '../../src/coordination/redis/redis-connections.js';
import { RedisEventLog } from '../../src/coordination/redis/redis-event-log.js';
import { RedisIdempotencyStore } from '../../src/coordination/redis/redis-idempotency-store.js';
import { RedisLease } from '../../src/coordination/redis/redis-lease.js';
import { SqlEventLog } from '../../src/coordination/sql/sql-event-log.js';
import { SqlIdempotencyStore } from '../../src/coordination/sql/sql-idempotency-store.js';
import { SqlLease } from '../../src/coordination/sql/sql-lease.js';
import { Database } from '../../src/database/database.service.js';
import { HAS_POSTGRES, PostgresServer } from '../support/postgres.js';
import { recordingLogger } from '../support/recording-logger.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';

/** What one gateway process has. */
export interface Replica {
  events: EventLog;
  lease: Lease;
  idempotency: IdempotencyStore;
}

/** Where replicas meet. */
export interface Place {
  /** A replica that was not there before. */
  join: () => Promise<Replica>;
  close: () => Promise<void>;
}

/** Where replicas can meet, and how the tests get there. */
export interface Backend {
  name: string;
  open: () => Promise<Place>;
}

export const BACKENDS: readonly Backend[] = [
  { name: 'memory', isHere: true, open: openMemory },
  { name: 'a file', isHere: true, open: openFile },
  { name: 'PostgreSQL', isHere: HAS_POSTGRES, open: openPostgres },
  { name: 'Redis', isHere: HAS_REDIS, open: openRedis },
].filter(({ isHere }) => isHere);

/** A place for the tests of a block. @returns what has a replica join it */
export function usePlace({ open }: Backend): () => Promise<Replica> {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(async () => {
    await place.close();
  });
  return () => place.join();
}

/** With a connection of its own. */
export async function joinRedis(
  url: string,
): Promise<Replica & { connections: RedisConnections; lines: string[] }> {
  const { logger, lines } = recordingLogger();
  const connections = (await RedisConnections.open({ REDIS_URL: url }, logger))!;
  return {
    connections,
    lines,
    events: new RedisEventLog(connections),
    lease: new RedisLease(connections),
    idempotency: new RedisIdempotencyStore(connections),
  };
}

/** Another process has no part in it. */
async function openMemory(): Promise<Place> {
  const database = await Database.open({ DATABASE_URL: 'memory:' });
  const replica = onDatabase(database);
  return { join: () => Promise.resolve(replica), close: () => database.onApplicationShutdown() };
}

function openFile(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-coordination-'));
  const place = openDatabases(`file:${join(folder, 'gateway.db')}`);
  const close = async (): Promise<void> => {
    await place.close();
    rmSync(folder, { recursive: true });
  };
  return Promise.resolve({ join: place.join, close });
}

async function openPostgres(): Promise<Place> {
  const server = await PostgresServer.start();
  const place = openDatabases(await server.createDatabase());
  const close = async (): Promise<void> => {
    await place.close();
    await server.stop();
  };
  return { join: place.join, close };
}

/** Each replica with connections of its own. */
function openDatabases(url: string): Place {
  const opened: Database[] = [];
  return {
    join: async () => {
      const database = await Database.open({ DATABASE_URL: url });
      opened.push(database);
      return onDatabase(database);
    },
    close: async () => {
      await Promise.all(opened.map((database) => database.onApplicationShutdown()));
    },
  };
}

async function openRedis(): Promise<Place> {
  const server = await RedisServer.start();
  const opened: RedisConnections[] = [];
  return {
    join: async () => {
      const replica = await joinRedis(server.url);
      opened.push(replica.connections);
      return replica;
    },
    close: async () => {
      await Promise.all(opened.map((connections) => connections.onApplicationShutdown()));
      await server.remove();
    },
  };
}

function onDatabase(database: Database): Replica {
  return {
    events: new SqlEventLog(database),
    lease: new SqlLease(database),
    idempotency: new SqlIdempotencyStore(database),
  };
}
