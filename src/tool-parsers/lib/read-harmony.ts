import type { CallReader } from './call-reader.js';
import { NOT_A_CALL } from './not-a-call.js';
import type { Reading } from './text-source.js';

const START = '<|start|>';
const CHANNEL = '<|channel|>';
const MESSAGE = '<|message|>';
const ENDS = ['<|end|>', '<|return|>', '<|call|>'];
const MAX_HEADER = 256;

/**
 * Reads an answer in OpenAI's harmony format: analysis is reasoning, what is addressed to an offered function is a call, and every
 * other channel is text. Calls of other functions stay as they were written, so that a reader that knows them can follow this one.
 */
export function* readHarmony(reader: CallReader): Reading {
  const { source, sink } = reader;
  const text = (piece: string): void => {
    sink.text(piece);
  };
  const markers: string[] = [];
  for (;;) {
    const marker = markers.pop() ?? (yield* source.through([START, CHANNEL], text));
    if (marker === null) break;
    yield* reader.attempt(marker, function* () {
      const next = yield* readMessage(reader, marker);
      if (next !== null) markers.push(next);
    });
  }
  text(source.take(Infinity));
}

/** @returns the marker of the next message, where this one has no end of its own */
function* readMessage(reader: CallReader, marker: string): Reading<string | null> {
  const { source, sink } = reader;
  const header = yield* readHeader(reader, marker);
  // A header that is cut off says nothing.
  if (header === null) return null;
  const recipient = /\bto=(?:functions\.)?([^\s<]+)/.exec(header)?.[1];
  if (recipient !== undefined) {
    yield* reader.call(reader.check(recipient), ENDS);
    yield* source.close(ENDS);
    return null;
  }
  source.unmark();
  const isReasoning = /\banalysis\b/.test(header);
  const write = (piece: string): void => {
    if (isReasoning) sink.reasoning(piece);
    else sink.text(piece);
  };
  const end = yield* source.through([...ENDS, START, CHANNEL], write);
  if (end === null) write(source.take(Infinity));
  return end === START || end === CHANNEL ? end : null;
}

/** Everything between the first marker and the message; null where the answer ends within. */
function* readHeader({ source }: CallReader, marker: string): Reading<string | null> {
  let header = '';
  const add = (piece: string): void => {
    header += piece;
    if (header.length > MAX_HEADER) throw NOT_A_CALL;
  };
  const stops = marker === START ? [CHANNEL, MESSAGE] : [MESSAGE];
  let found = yield* source.through(stops, add, MAX_HEADER);
  if (found === CHANNEL) {
    add(' ');
    found = yield* source.through([MESSAGE], add, MAX_HEADER);
  }
  if (found !== null) return header;
  if (!source.isCut) throw NOT_A_CALL;
  source.take(Infinity);
  return null;
}
