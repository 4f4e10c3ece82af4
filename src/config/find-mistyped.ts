/** A variable that nobody reads, and the one that was probably meant. */
export interface Mistyped {
  name: string;
  meant: string;
}

/** Names that begin so can hardly be anybody else's. */
const OWN = /^(?:UPSTREAM|SIM)_/;
/** What Kubernetes and Docker tell each container of a service that happens to have such a name. */
const SERVICE_LINK = /_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)$/;
/** Shorter names are close to too many others: HOST to HOME, PORT to POST. */
const MIN_LENGTH = 7;
const MAX_EDITS = 2;

/** The names that look like known ones and are none. */
export function findMistyped(names: readonly string[], known: readonly string[]): Mistyped[] {
  const suspects = names.filter((name) => !known.includes(name) && !SERVICE_LINK.test(name));
  return suspects.flatMap((name) => {
    const [closest] = known
      .map((meant) => ({ name, meant, edits: countEdits(name.toUpperCase(), meant) }))
      .sort((a, b) => a.edits - b.edits);
    if (!closest) return [];
    const isClose = name.length >= MIN_LENGTH && closest.edits <= MAX_EDITS;
    return isClose || OWN.test(name) ? [{ name, meant: closest.meant }] : [];
  });
}

/** Letters to add, leave out, change or swap with their neighbour until one is the other. */
function countEdits(from: string, to: string): number {
  const table: number[][] = [];
  const edits = (row: number, column: number): number => table[row]?.[column] ?? Infinity;
  for (let row = 0; row <= from.length; row++) {
    const current: number[] = [];
    table.push(current);
    for (let column = 0; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        row === 0 || column === 0
          ? row + column
          : Math.min(
              edits(row - 1, column) + 1,
              edits(row, column - 1) + 1,
              edits(row - 1, column - 1) + (isSame ? 0 : 1),
              isSwap ? edits(row - 2, column - 2) + 1 : Infinity,
            ),
      );
    }
  }
  return edits(from.length, to.length);
}
