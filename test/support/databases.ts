import { HAS_POSTGRES, PostgresServer } from './postgres.js';

/** An empty database. */
export interface TestDatabase {
  /** For DATABASE_URL. */
  url: string;
  close(): Promise<void>;
}

/** Where a gateway may keep things. */
export interface DatabaseKind {
  name: string;
  isHere: boolean;
  open: () => Promise<TestDatabase>;
}

/**
 * For tests of a gateway that run on each of them.
 *
 * @example for (const { name, isHere, open } of DATABASES) (isHere ? describe : describe.skip)(name, () => …);
 */
export const DATABASES: readonly DatabaseKind[] = [
  {
    name: 'in memory',
    isHere: true,
    open: () => Promise.resolve({ url: 'memory:', close: () => Promise.resolve() }),
  },
  {
    name: 'on PostgreSQL (skipped where it is not installed)',
    isHere: HAS_POSTGRES,
    open: async () => {
      const server = await PostgresServer.start();
      return { url: await server.createDatabase(), close: () => server.stop() };
    },
  },
];
