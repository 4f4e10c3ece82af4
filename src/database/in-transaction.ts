import type { Kysely } from 'kysely';
import type { Schema } from './schema.js';

/** PostgreSQL's serialization_failure and deadlock_detected: it has chosen one of several that were in each other's way. */
const MAY_BE_REPEATED = new Set(['40001', '40P01']);
const ATTEMPTS = 5;

/** All or nothing. The work may be done several times. */
export async function inTransaction<T>(
  db: Kysely<Schema>,
  work: (transaction: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !MAY_BE_REPEATED.has(codeOf(error))) throw error;
    }
  }
}

/** Rows that were to be written are there already, or are being written by somebody else. */
export function isCollision(error: unknown): boolean {
  return error instanceof Collision || /^(23505|21000|40001|40P01|SQLITE_CONSTRAINT.*)$/.test(codeOf(error));
}

/** Ends a transaction: rows that were to be written are there already. */
export class Collision extends Error {}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
