import { learnShape, type ChunkShape } from './chunk-shape.js';
import { parsePythonJson } from './parse-python-json.js';

/** Chunks in a row of which none had the shape of the one before; then shapes are no longer looked for. */
const MAX_MISSES = 32;

/**
 * Parses the data of a stream's events. The chunks of one answer differ in nothing but a text: once one was parsed, those that have
 * the same bytes around their text need not be.
 */
export class ChunkParser {
  private shape: ChunkShape | null = null;
  private misses = 0;

  /** @throws SyntaxError when the data is no JSON */
  parse(data: string): unknown {
    const similar = this.shape?.read(data);
    if (similar) {
      this.misses = 0;
      return similar;
    }
    const chunk = parsePythonJson(data);
    if (this.misses < MAX_MISSES) {
      this.misses++;
      this.shape = learnShape(data, chunk) ?? this.shape;
    }
    return chunk;
  }
}
