import { isObject, type RawObject } from '../contracts/raw-object.js';
import { readImages } from '../tools/read-image.js';
import type { ToolOutcome } from '../tools/tool-session.js';
import { boundValue } from './bound-value.js';

export interface ResultLimits {
  /** Takes secrets out of what the server says. */
  hide: (text: string) => string;
  /** Of an image, decoded. */
  maxImageBytes: number;
}

/** Stands in the text where something was that is no text; images are in the outcome beside it. */
const NOTES = new Map<unknown, string>([
  ['image', '[image]'],
  ['audio', '[audio omitted]'],
]);
const RESOURCE_NOTE = '[resource omitted]';
/** Of what an error says, as JSON. */
const MAX_ERROR_CHARACTERS = 65_536;

/** What a call has come to: texts joined by line feeds, else what is structured, as JSON. */
export function readResult(result: RawObject, { hide, maxImageBytes }: ResultLimits): ToolOutcome {
  const content = Array.isArray(result.content) ? (result.content as unknown[]) : [];
  const blocks = content.filter(isObject);
  if (result.isError === true) return { output: null, error: failureOf(blocks, hide) };
  const lines = blocks.flatMap(describeBlock);
  const hasText = blocks.some((block) => textOf(block) !== null);
  const structured = hasText ? undefined : result.structuredContent;
  // Behind JSON's escapes a secret would not be found.
  if (structured !== undefined) lines.push(JSON.stringify(boundValue(structured, hide)));
  const shown = blocks.filter(({ type, data }) => type === 'image' && !holdsSecret(data, hide));
  const images = readImages(shown, maxImageBytes);
  return { output: hide(lines.join('\n')), error: null, ...(images.length > 0 && { images }) };
}

function holdsSecret(data: unknown, hide: (text: string) => string): boolean {
  return typeof data === 'string' && hide(data) !== data;
}

function failureOf(blocks: readonly RawObject[], hide: (text: string) => string): ToolOutcome['error'] {
  const content: unknown[] = [];
  let left = MAX_ERROR_CHARACTERS;
  for (const block of blocks) {
    const shown = boundValue(block, hide) as RawObject;
    const json = JSON.stringify(shown);
    if (json.length > left) {
      content.push({ type: 'text', text: (textOf(shown) ?? json).slice(0, left) });
      break;
    }
    content.push(shown);
    left -= json.length;
  }
  return { type: 'mcp_tool_execution_error', content };
}

function describeBlock(block: RawObject): string[] {
  const text = textOf(block);
  if (text !== null) return [text];
  if (block.type === 'resource') return [RESOURCE_NOTE];
  if (block.type === 'resource_link') return typeof block.uri === 'string' ? [block.uri] : [];
  const note = NOTES.get(block.type);
  return note === undefined ? [] : [note];
}

/** Of a text, or of a resource that is one. */
function textOf({ type, text, resource }: RawObject): string | null {
  if (type === 'text') return typeof text === 'string' ? text : null;
  if (type !== 'resource' || !isObject(resource)) return null;
  return typeof resource.text === 'string' ? resource.text : null;
}
