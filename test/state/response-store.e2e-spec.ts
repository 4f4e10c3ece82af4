import { join } from 'node:path';
import { HAS_POSTGRES, PostgresServer } from '../support/postgres.js';
import { makeFolder, openStores, type Stores } from './open-stores.js';
import { testConversationStore } from './conversation-store.contract.js';
import { testResponseStore } from './response-store.contract.js';
import { testSweeping } from './sweeping.contract.js';

/** @param findUrl says where a new, empty database is */
function testStores(findUrl: () => Promise<string> | string): void {
  let stores: Stores;
  beforeAll(async () => {
    stores = await openStores(await findUrl());
  });
  afterAll(() => stores.close());
  describe('responses', () => {
    testResponseStore(() => stores);
  });
  describe('conversations', () => {
    testConversationStore(() => stores);
  });
  describe('the sweeper', () => {
    testSweeping(() => stores);
  });
}

describe('in memory', () => {
  testStores(() => 'memory:');
});

describe('in a file', () => {
  const folder = makeFolder();
  afterAll(folder.remove);
  testStores(() => `file:${join(folder.path, 'state.db')}`);
});

(HAS_POSTGRES ? describe : describe.skip)('on PostgreSQL (skipped where it is not installed)', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  testStores(() => server.createDatabase());
});
