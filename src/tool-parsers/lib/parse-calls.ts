import type { ToolTable } from '../../translation/vocabulary/tool-table.js';
import type { ToolTextParser } from '../tool-parser.decorator.js';
import { CallReader } from './call-reader.js';
import { GrammarParser } from './grammar-parser.js';
import type { Reading } from './text-source.js';

/** How a family writes calls. @public */
export interface CallGrammar {
  /** Any of these may begin calls, wherever it stands. */
  markers?: readonly string[];
  /** These may do so at the start of a line. */
  lineMarkers?: readonly string[];
  /** Tokens that say nothing, and are left out. */
  dropped?: readonly string[];
  /** Reads what stands behind a marker. Throws NOT_A_CALL where that is no call. */
  read(reader: CallReader, marker: string): Reading;
}

/**
 * A parser that looks for the calls of a grammar and leaves everything else as it is.
 *
 * @public
 * @example
 * create = (tools: ToolTable) => parseCalls(tools, { markers: ['<call>'], read: readMyCall });
 */
export function parseCalls(tools: ToolTable, grammar: CallGrammar): ToolTextParser {
  return new GrammarParser(new CallReader(tools), (reader) => readCalls(reader, grammar));
}

function* readCalls(reader: CallReader, grammar: CallGrammar): Reading {
  const { source, sink } = reader;
  const { markers = [], lineMarkers = [], dropped = [] } = grammar;
  const behindBreak = lineMarkers.map((marker) => `\n${marker}`);
  const all = [...markers, ...behindBreak, ...dropped];
  const text = (piece: string): void => {
    sink.text(piece);
  };
  if (lineMarkers.length > 0) {
    text(yield* source.spaces());
    const marker = yield* source.accept(lineMarkers);
    if (marker !== null) yield* reader.attempt(marker, () => grammar.read(reader, marker));
  }
  for (;;) {
    let marker = yield* source.through(all, text);
    if (marker === null) break;
    if (dropped.includes(marker)) continue;
    if (behindBreak.includes(marker)) {
      text('\n');
      marker = marker.slice(1);
    }
    const found = marker;
    yield* reader.attempt(found, () => grammar.read(reader, found));
  }
  text(source.take(Infinity));
}
