import { arrayOf, recordOf, type Json } from './json.js';
import { checkLifecycle } from './lifecycle-oracle.js';
import { sampleStreams } from './sample-streams.js';

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

/** The sample with a piece of its JSON replaced wherever it stands, so that the rest agrees with it. */
export function everywhere(name: string, from: string, to: string): Json[] {
  return JSON.parse(JSON.stringify(sampleStreams()[name]).replaceAll(from, to)) as Json[];
}

/** The sample with an item changed wherever it appears as done, so that only its own rules can object. */
export function inDoneItems(name: string, index: number, fields: Json): Json[] {
  return sampleStreams()[name]!.map((event) => {
    const copy = structuredClone(event);
    if (copy.type === 'response.output_item.done' && copy.output_index === index)
      Object.assign(recordOf(copy.item), fields);
    const item = arrayOf(recordOf(copy.response).output)[index];
    if (item) Object.assign(recordOf(item), fields);
    return copy;
  });
}

/** A sample of two items, one after the other, with the second of them first. */
export function itemsSwapped(name: string): Json[] {
  const events = sampleStreams()[name]!;
  const of = (index: number): Json[] =>
    events
      .filter((event) => event.output_index === index)
      .map((event) => ({ ...event, output_index: 1 - index }));
  arrayOf(recordOf(events.at(-1)?.response).output).reverse();
  return renumbered([...events.slice(0, 2), ...of(1), ...of(0), ...events.slice(-1)]);
}
