import type { ChatCompletion } from '../contracts/chat-completions.js';
import { type ChunkShape, learnShape } from './chunk-shape.js';
import { measureChunk } from './measure-chunk.js';
import { parsePythonJson } from './parse-python-json.js';
import { isChunk } from './read-event.js';

/** Chunks in a row of which none had the shape of the one before; then shapes are no longer looked for. */
const MAX_MISSES = 32;

/**
 * Parses the data of a stream's events. The chunks of one answer differ in nothing but a text: once one was parsed, those that have
 * the same bytes around their text need not be.
 */
export class ChunkParser {
  /** Characters of all chunks so far that stay in memory until the answer is whole. */
  gathered = 0;
  private shape: ChunkShape | null = null;
  private misses = 0;

  /** @throws SyntaxError when the data is no JSON */
  parse(data: string): unknown {
    const { shape } = this;
    const similar = shape?.read(data);
    if (shape && similar) {
      this.misses = 0;
      this.gathered += data.length - shape.frameLength;
      return similar;
    }
    const chunk = parsePythonJson(data);
    this.gathered += measureChunk(chunk as ChatCompletion | null, data.length);
    if (this.misses < MAX_MISSES && isChunk(chunk)) {
      this.misses++;
      this.shape = learnShape(data, chunk) ?? this.shape;
    }
    return chunk;
  }

  /**
   * Reads events whose data need not be parsed.
   *
   * @param events whole lines
   * @param start of an event
   * @param take gets each chunk
   * @returns the start of the first event that is to be parsed
   */
  readEvents(events: string, start: number, take: (chunk: ChatCompletion) => void): number {
    if (!this.shape) return start;
    return this.shape.readEvents(events, start, (chunk, length) => {
      this.misses = 0;
      this.gathered += length;
      take(chunk);
    });
  }
}
