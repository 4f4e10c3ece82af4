import type { Json } from './json.js';
import { checkLifecycle } from './lifecycle-oracle.js';

/** A name for the report, and the broken stream. */
export type Mutant = [name: string, events: unknown[]];

/** The names of the mutants that the oracle alone, without the published schema, does not reject. */
export function survivors(mutants: Mutant[]): string[] {
  return mutants
    .filter(([, events]) =>
      isAccepted(() => {
        checkLifecycle(events, { schema: false });
      }),
    )
    .map(([name]) => name);
}

/** Whether a check lets its value pass. */
export function isAccepted(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** Counts the events anew, so that something else than the sequence must give a mutant away. */
export function renumbered(events: Json[]): Json[] {
  return events.map((event, index) => ({ ...event, sequence_number: index }));
}
