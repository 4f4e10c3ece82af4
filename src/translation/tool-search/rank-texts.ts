/** How soon further occurrences of a word count for less, and how much a long text does: the usual values of BM25. */
const SATURATION = 1.2;
const LENGTH_SHARE = 0.75;
const WORD = /[\p{L}\p{N}]+/gu;
/** Where a name such as `listOpenIssues` or `HTTPServer2` has its words. */
const HUMP = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;
/** Scripts that write no spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/**
 * Ranks texts by how well they answer a query (BM25).
 *
 * @param texts each as its parts with the weight of a word in them
 * @returns the places of those that have a word of the query, the best first, equals in their order
 */
export function rankTexts(
  texts: readonly (readonly { text: string; weight: number }[])[],
  query: string,
): number[] {
  const wanted = new Set(wordsOf(query));
  const counted = texts.map(countWords);
  const meanLength = counted.reduce((sum, { length }) => sum + length, 0) / Math.max(counted.length, 1);
  const rarities = new Map(
    [...wanted].map((word) => {
      const having = counted.filter(({ counts }) => counts.has(word)).length;
      return [word, Math.log(1 + (counted.length - having + 0.5) / (having + 0.5))] as const;
    }),
  );
  const scores = counted.map(({ counts, length }) => {
    const damping = SATURATION * (1 - LENGTH_SHARE + (LENGTH_SHARE * length) / (meanLength || 1));
    let score = 0;
    for (const [word, rarity] of rarities) {
      const count = counts.get(word) ?? 0;
      score += (rarity * count * (SATURATION + 1)) / (count + damping);
    }
    return score;
  });
  return [...scores.keys()]
    .filter((place) => (scores[place] ?? 0) > 0)
    .sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));
}

function countWords(parts: readonly { text: string; weight: number }[]): {
  counts: ReadonlyMap<string, number>;
  length: number;
} {
  const counts = new Map<string, number>();
  let length = 0;
  for (const { text, weight } of parts) {
    for (const word of wordsOf(text)) {
      counts.set(word, (counts.get(word) ?? 0) + weight);
      length += weight;
    }
  }
  return { counts, length };
}

/** A plural is the same word. Without spaces each two characters are one. */
function wordsOf(text: string): string[] {
  return (
    text
      .replace(HUMP, ' ')
      .toLowerCase()
      .match(WORD)
      ?.flatMap((word) =>
        UNSPACED.test(word)
          ? pairsOf(word)
          : [/[^s]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word],
      ) ?? []
  );
}

function pairsOf(word: string): string[] {
  const characters = Array.from(word);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
}
