import type { StoredItem } from '../stored-item.js';
import type { InputEntry } from './entries-of.js';
import type { Part } from './history-queries.js';

/** A response of a history, with what it has brought and what it has put out. */
export interface SaidTurn {
  id: string;
  status: string;
  previousId: string | null;
  input: StoredItem[];
  output: StoredItem[];
  /** Characters of JSON. */
  size: number;
}

/** @param read makes an item of its body; null: it is left out */
export function assemble(
  parts: readonly Part[],
  read: (part: Pick<Part, 'id' | 'body'>) => StoredItem | null,
): { conversation: StoredItem[]; turns: SaidTurn[] } {
  const byId = new Map<string, Part>();
  const outputs = new Map<string, Part[]>();
  for (const part of parts) {
    if (part.source === 'turn') continue;
    byId.set(part.id, part);
    if (part.source !== 'own' || (part.kind !== 'output' && part.kind !== 'hidden')) continue;
    const list = outputs.get(part.link ?? '');
    if (list) list.push(part);
    else outputs.set(part.link ?? '', [part]);
  }
  const readAll = (list: readonly Pick<Part, 'id' | 'body'>[]): StoredItem[] =>
    list.flatMap((part) => read(part) ?? []);
  const inputOf = (body: string): Pick<Part, 'id' | 'body'>[] =>
    (JSON.parse(body) as InputEntry[]).flatMap((entry) => {
      if (typeof entry === 'string') return [{ id: '', body: entry }];
      if (entry.type === 'item_reference') return byId.get(entry.id) ?? [];
      return [{ id: entry.id, body: JSON.stringify(entry) }];
    });
  const turns = parts
    .filter(({ source }) => source === 'turn')
    .sort((one, other) => other.depth - one.depth || one.place - other.place)
    .map((turn): SaidTurn => {
      const input = inputOf(turn.body);
      const output = inPlace(outputs.get(turn.id) ?? []);
      return {
        id: turn.id,
        status: turn.kind,
        previousId: turn.link,
        input: readAll(input),
        output: readAll(output),
        size: [turn, ...input, ...output].reduce((sum, { body }) => sum + body.length, 0),
      };
    });
  return { conversation: readAll(inPlace(parts.filter(({ source }) => source === 'before'))), turns };
}

const inPlace = (parts: readonly Part[]): Part[] => [...parts].sort((one, other) => one.place - other.place);
