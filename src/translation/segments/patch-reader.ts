import type { PatchTarget } from '../../contracts/builtin-tools-api.js';
import { readPatchOperation, readPatchTarget } from '../builtin-tools/apply-patch.js';
import { readJsonObject } from '../read-json-object.js';
import type { CallReader } from './call-reader.js';
import { JsonStringReader } from './json-string-reader.js';

/** What stands before the diff where the arguments are in the order of their schema. */
const HEAD = /^\s*\{((?:\s*"(?:type|path)"\s*:\s*"(?:[^"\\]|\\.)*"\s*,){2})\s*"diff"\s*:\s*"/s;
/** Longest head that is waited for. */
const HEAD_LIMIT = 8_192;

/**
 * Reads the arguments of `apply_patch`: first what is done to which file, then the diff as it comes. Where the diff stands before the
 * rest, or there is none, all is known at the end.
 */
export class PatchReader implements CallReader {
  /** What is done to which file, once it is known. */
  target: PatchTarget | null = null;
  private diff: JsonStringReader | null = null;
  private buffer = '';

  get isWhole(): boolean {
    return this.diff ? this.diff.isClosed : this.readAll() !== null;
  }

  get isBroken(): boolean {
    return !this.isWhole;
  }

  pushText(text: string): string {
    if (this.diff) return this.diff.pushText(text);
    const isOpening = this.buffer.length <= HEAD_LIMIT;
    this.buffer += text;
    const head = isOpening ? HEAD.exec(this.buffer.slice(0, HEAD_LIMIT)) : null;
    if (!head) return '';
    const target = readPatchTarget(readJsonObject(`{${head[1]?.slice(0, -1)}}`) ?? {});
    // The diff of a file that is deleted is passed over, once all is there.
    if (!target || target.type === 'delete_file') return '';
    this.target = target;
    this.diff = new JsonStringReader();
    return this.diff.pushText(this.buffer.slice(head[0].length));
  }

  end(): string {
    if (this.diff) return '';
    const operation = this.readAll();
    if (!operation) return '';
    const { diff = '', ...target } = operation;
    this.target = target;
    return diff;
  }

  private readAll(): ReturnType<typeof readPatchOperation> {
    const given = readJsonObject(this.buffer);
    return given && readPatchOperation(given);
  }
}
