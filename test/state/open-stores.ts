import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PinoLogger } from 'nestjs-pino';
import { Environment } from '../../src/config/environment.js';
import { Database } from '../../src/database/database.service.js';
import { RandomIdGenerator } from '../../src/ids/random-id-generator.js';
import { AesEnvelopeSealer } from '../../src/sealing/aes-envelope-sealer.js';
import { SqlConversationStore } from '../../src/state/sql/sql-conversation-store.js';
import { SqlResponseStore } from '../../src/state/sql/sql-response-store.js';

/** The stores of one database, as one process of the gateway has them. */
export interface Stores {
  database: Database;
  responses: SqlResponseStore;
  conversations: SqlConversationStore;
  close(): Promise<void>;
}

export const KEY = 'a1'.repeat(32);

/** @param url a DATABASE_URL */
export async function openStores(
  url: string,
  variables: { ENCRYPTION_KEY?: string; STORE_TTL?: number } = {},
): Promise<Stores> {
  const environment = Object.assign(new Environment(), { DATABASE_URL: url, ...variables });
  const logger = { setContext: () => undefined, warn: () => undefined } as unknown as PinoLogger;
  const sealer = new AesEnvelopeSealer(environment, logger);
  const ids = new RandomIdGenerator();
  const database = await Database.open(environment);
  return {
    database,
    responses: new SqlResponseStore(database, sealer, ids, environment),
    conversations: new SqlConversationStore(database, sealer, ids, environment),
    close: () => database.onApplicationShutdown(),
  };
}

/** A folder for the file of a database. */
export function makeFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'gateway-state-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
