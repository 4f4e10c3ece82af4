import type { RedisConnections } from '../coordination/redis/redis-connections.js';
import type { Database } from '../database/database.service.js';
import type { ResponseStore } from '../state/response-store.js';
import type { UpstreamClient } from '../upstreams/upstream.client.js';

/** Something that requests cannot be answered without. */
export interface ReadinessCheck {
  /** As `/health/ready` calls it. */
  name: string;
  /** As the log does. */
  what: string;
  /** May take its time, reject or throw. */
  isReady: () => Promise<boolean>;
}

export const READINESS_CHECKS = Symbol('READINESS_CHECKS');

/** @param redis null without REDIS_URL */
export function listReadinessChecks(
  upstream: UpstreamClient,
  database: Database,
  store: ResponseStore,
  redis: RedisConnections | null,
): ReadinessCheck[] {
  return [
    { name: 'upstream', what: 'the model server', isReady: () => upstream.isReady() },
    // Of a database that only coordinates this process nothing has to be reached.
    ...(database.isOn ? [{ name: 'store', what: 'the database', isReady: () => store.isReady() }] : []),
    ...(redis ? [{ name: 'redis', what: 'Redis', isReady: () => redis.isReady() }] : []),
  ];
}
