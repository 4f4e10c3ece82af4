import { isObject, type RawObject } from '../contracts/raw-object.js';
import type { ToolImage, ToolOutcome } from '../tools/tool-session.js';

/** Stands in the text where something was that is no text; images are in the outcome beside it. */
const NOTES: Readonly<Record<string, string>> = { image: '[image]', audio: '[audio omitted]' };
const RESOURCE_NOTE = '[resource omitted]';

/**
 * What a call has come to: texts joined by line feeds, else what is structured, as JSON.
 *
 * @param hide takes secrets out of what the server says
 */
export function readResult(result: RawObject, hide: (text: string) => string): ToolOutcome {
  const content = Array.isArray(result.content) ? (result.content as unknown[]) : [];
  if (result.isError === true) return { output: null, error: failureOf(content, hide) };
  const blocks = content.filter(isObject);
  const lines = blocks.flatMap(describeBlock);
  const hasText = blocks.some((block) => textOf(block) !== null);
  const structured = hasText ? undefined : result.structuredContent;
  if (structured !== undefined) lines.push(toJson(structured));
  const images = blocks.flatMap(imageOf);
  return { output: hide(lines.join('\n')), error: null, ...(images.length > 0 && { images }) };
}

function failureOf(content: unknown[], hide: (text: string) => string): ToolOutcome['error'] {
  const hidden = JSON.parse(toJson(content), (_key, value: unknown) =>
    typeof value === 'string' ? hide(value) : value,
  ) as unknown[];
  return { type: 'mcp_tool_execution_error', content: hidden };
}

function describeBlock(block: RawObject): string[] {
  const text = textOf(block);
  if (text !== null) return [text];
  if (block.type === 'resource') return [RESOURCE_NOTE];
  if (block.type === 'resource_link') return typeof block.uri === 'string' ? [block.uri] : [];
  const note = NOTES[String(block.type)];
  return note === undefined ? [] : [note];
}

/** Of a text, or of a resource that is one. */
function textOf({ type, text, resource }: RawObject): string | null {
  if (type === 'text') return typeof text === 'string' ? text : null;
  if (type !== 'resource' || !isObject(resource)) return null;
  return typeof resource.text === 'string' ? resource.text : null;
}

function imageOf({ type, mimeType, data }: RawObject): ToolImage[] {
  const isImage = type === 'image' && typeof mimeType === 'string' && typeof data === 'string';
  return isImage ? [{ mimeType, data }] : [];
}

/** What is nested thousands of levels deep is not written. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '[]';
  }
}
