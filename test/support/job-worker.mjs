// A process that works on jobs and never ends one, so that it can be killed: node job-worker.mjs <build> <REDIS_URL> <LEASE_MS>
import process from 'node:process';
import console from 'node:console';

const [build, REDIS_URL, lease] = process.argv.slice(2);
const { RedisConnections } = await import(`${build}/coordination/redis/redis-connections.js`);
const { BullJobQueue } = await import(`${build}/coordination/redis/bull-job-queue.js`);

const logger = { setContext() {}, info() {}, warn: console.error, error: console.error };
const bounds = { BACKGROUND_CONCURRENCY: 4, BACKGROUND_QUEUE_LIMIT: 100, LEASE_MS: Number(lease) };
const queue = await BullJobQueue.open(await RedisConnections.open({ REDIS_URL }, logger), bounds, logger);
queue.process(({ id }, _signal, deaths) => {
  console.log(`${id} ${deaths}`);
  return new Promise(() => {});
});
