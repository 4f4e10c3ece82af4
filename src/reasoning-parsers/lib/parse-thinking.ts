import { CallSink } from '../../tool-parsers/lib/call-sink.js';
import { GrammarParser } from '../../tool-parsers/lib/grammar-parser.js';
import { type Reading, TextSource } from '../../tool-parsers/lib/text-source.js';
import type { ReasoningTextParser } from '../reasoning-parser.decorator.js';

/** @public */
export interface ThinkingTags {
  open: string;
  close: string;
  /** Whether an answer without the opening tag begins within the reasoning, since the prompt has opened it. */
  startsInside: boolean;
  /** What an answer is that would begin within the reasoning, but shows neither tag. */
  unclosed: 'reasoning' | 'text';
}

class ThinkingReader {
  readonly source = new TextSource();
  readonly sink = new CallSink();
  isOver = false;
}

class ThinkingParser extends GrammarParser<ThinkingReader> implements ReasoningTextParser {
  constructor(
    private readonly thinking: ThinkingReader,
    tags: ThinkingTags,
  ) {
    super(thinking, (reader) => readThinking(reader, tags));
  }

  get isOver(): boolean {
    return this.thinking.isOver;
  }
}

/** A parser of reasoning that stands between two tags at the start of the answer. Tags anywhere else are text. @public */
export function parseThinking(tags: ThinkingTags): ReasoningTextParser {
  return new ThinkingParser(new ThinkingReader(), tags);
}

function* readThinking(reader: ThinkingReader, tags: ThinkingTags): Reading {
  const { source, sink } = reader;
  const space = yield* source.spaces();
  const isOpened = (yield* source.accept([tags.open])) !== null;
  if (isOpened) yield* readReasoning(reader, tags.close);
  else if (!tags.startsInside) sink.text(space);
  else if (tags.unclosed === 'text') yield* readHeld(reader, tags.close, space);
  else {
    if (!(yield* source.isNext([tags.close]))) sink.reasoning(space);
    yield* readReasoning(reader, tags.close);
  }
  reader.isOver = true;
  do sink.text(source.take(Infinity));
  while (yield* source.ensure());
}

/** Reads up to the close tag. The line breaks at the tags are the format's, not the model's thought. */
function* readReasoning({ source, sink }: ThinkingReader, close: string): Reading {
  if ((yield* source.char()) === '\n') source.take(1);
  let held = '';
  const write = (piece: string): void => {
    const all = held + piece;
    held = all.endsWith('\n') ? '\n' : '';
    sink.reasoning(all.slice(0, all.length - held.length));
  };
  if ((yield* source.through([close], write)) !== null) return;
  write(source.take(Infinity));
  sink.reasoning(held);
}

/** Waits for the close tag; without one it was an answer. */
function* readHeld({ source, sink }: ThinkingReader, close: string, space: string): Reading {
  let held = space;
  const found = yield* source.through([close], (piece) => (held += piece));
  if (found === null) sink.text(held);
  else sink.reasoning(held.replace(/^\n|\n$/g, ''));
}
