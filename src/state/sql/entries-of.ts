import { isObject } from '../../contracts/raw-object.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import type { ItemRow } from '../../database/schema.js';
import type { HiddenItem } from '../response-store.js';
import type { StoredItem } from '../stored-item.js';
import type { Entry } from './item-writer.js';
import { hasFailed, placeOfHidden, placeOfOutput } from './response-body.js';

/** An element of `responses.input`: a reference, an item, or one that is sealed. */
export type InputEntry = StoredItem | string;

export const inputEntries = (input: readonly StoredItem[]): Entry[] =>
  input.map((item, ordinal) => ({ item, kind: 'input', ordinal }));

/** The output of a response and what is hidden in it. */
export function outputEntries({ status, output }: ResponseObject, hidden: readonly HiddenItem[]): Entry[] {
  const isBroken = hasFailed(status);
  const entries = output.map((item, index): Entry => {
    const stored = item as unknown as StoredItem;
    const kind: ItemRow['kind'] = isBroken && stored.status !== 'completed' ? 'partial' : 'output';
    return { item: stored, kind, ordinal: placeOfOutput(index) };
  });
  hidden.forEach(({ item, before }, index) => {
    entries.push({ item, kind: 'hidden', ordinal: placeOfHidden(before, index) });
  });
  return entries;
}

/** What a response adds to its conversation, in order. */
export function saidIn(input: readonly InputEntry[], output: readonly Entry[]): string[] {
  const said = input.flatMap((entry) => (typeof entry === 'string' ? [] : [entry.id]));
  const answered = [...output].sort((one, other) => one.ordinal - other.ordinal);
  return [...said, ...answered.map(({ item }) => item.id)];
}

/** The wire type says that there is none as long as the gateway keeps nothing. */
export function conversationOf(response: ResponseObject): string | null {
  const conversation: unknown = response.conversation;
  return isObject(conversation) && typeof conversation.id === 'string' ? conversation.id : null;
}
