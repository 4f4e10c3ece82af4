import type { ChatContentPart, ChatMediaPart } from '../../contracts/chat-completions.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import type { MediaPolicy } from './media/media-policy.js';
import { parseFile } from './media/parse-file.js';
import { parseAudio, parseImage, parseVideo } from './media/parse-media.js';
import type { RawObject } from '../../contracts/raw-object.js';
import { nameOf, readObject, readText } from './read-field.js';
import { printableName } from './printable-name.js';

/** What the parts of a content are read with, and into. */
export interface ContentReading {
  media: MediaPolicy;
  /** Collects the names of what was left out. */
  ignored: Set<string>;
  /**
   * Whether the model is told of parts that it cannot be given; else they are refused. What tools have put out stays in the history:
   * a refusal would end the conversation.
   */
  leavesNotes?: boolean;
}

/**
 * Content of a message or tool output: a string, or a list of parts in the Responses form
 * (chat-completions parts are understood too).
 *
 * @param path where the content stands in the request, for errors
 * @throws GatewayError naming the part that is wrong or cannot be sent on
 */
export function parseContent(content: unknown, path: string, reading: ContentReading): ChatContentPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) {
    throw invalidRequest(path, `Expected a string or an array of content parts, got ${nameOf(content)}.`);
  }
  return content.map((part, index) => parsePart(part, `${path}[${index}]`, reading));
}

function parsePart(value: unknown, path: string, reading: ContentReading): ChatContentPart {
  const part = readObject(value, path);
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return { type: 'text', text: readText(part.text, `${path}.text`) };
    case 'refusal':
      return { type: 'text', text: readText(part.refusal, `${path}.refusal`) };
    case 'encrypted_content':
      return readEncrypted(part, path, reading);
    case 'input_image':
    case 'image_url':
      if (isById(part)) {
        const problem = 'images by file_id are not supported; send image_url with an http(s) or data URL';
        return leaveOut(part.type, 'An image', `${path}.file_id`, problem, reading);
      }
      return parseImage(part, path, reading.media);
    case 'input_audio':
    case 'audio_url':
      return parseAudio(part, path, reading.media);
    case 'input_video':
    case 'video_url':
      return parseVideo(part, path, reading.media);
    case 'input_file':
    case 'file': {
      const file = parseFile(part, path, reading.media);
      if ('text' in file) return { type: 'text', text: file.text };
      return leaveOut(part.type, `The file ${file.name}`.trim(), file.param, file.problem, reading);
    }
    default:
      if (reading.leavesNotes && typeof part.type === 'string') {
        const what = `Content of type '${printableName(part.type)}'`;
        return leaveOut(part.type, what, path, 'it is of a type that is not known', reading);
      }
      throw invalidRequest(
        `${path}.type`,
        `Expected a content type such as 'input_text', 'output_text', 'refusal' or 'input_image', got ${
          typeof part.type === 'string' ? `'${part.type}'` : nameOf(part.type)
        }.`,
      );
  }
}

/** Codex marks text of another agent so. Of a model that is not OpenAI's it is that text; OpenAI's own cannot be read. */
function readEncrypted(part: RawObject, path: string, { ignored }: ContentReading): ChatContentPart {
  const text = readText(part.encrypted_content, `${path}.encrypted_content`);
  if (!text.startsWith('gAAAA')) return { type: 'text', text };
  ignored.add('input:encrypted_content');
  return {
    type: 'text',
    text: '[Encrypted content was left out: only the service that wrote it can read it.]',
  };
}

function leaveOut(
  type: string,
  what: string,
  param: string,
  problem: string,
  { leavesNotes, ignored }: ContentReading,
): ChatContentPart {
  if (!leavesNotes) {
    throw new GatewayError('unsupported_value', {
      param,
      message: `${what} cannot be forwarded to the model server: ${problem}.`,
    });
  }
  ignored.add(`input:${printableName(type)}`);
  return { type: 'text', text: `[${what} was left out: ${problem}.]` };
}

function isById({ image_url: url, file_id: id }: RawObject): boolean {
  return (url === undefined || url === null) && typeof id === 'string';
}

/** The text of parts, media left out; several parts are separate lines, as LMDeploy joins them. */
export function textOf(parts: readonly ChatContentPart[]): string {
  let text = '';
  let first = true;
  for (const part of parts) {
    if (part.type !== 'text') continue;
    text = first ? part.text : `${text}\n${part.text}`;
    first = false;
  }
  return text;
}

export function mediaOf(parts: readonly ChatContentPart[]): ChatMediaPart[] {
  return parts.filter((part) => part.type !== 'text');
}
