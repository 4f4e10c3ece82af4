import type { ChatContentPart } from '../../contracts/chat-completions.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { isObject, nameOf, type RawObject, readObject, readString, readText } from './read-field.js';

const IMAGE_URL = /^(?:https?:\/\/|data:image\/)/i;
const IMAGE_DETAILS = new Set(['low', 'high', 'auto', 'original']);

/**
 * Content of a message or tool output: a string, or a list of parts in the Responses form
 * (chat-completions parts are understood too).
 *
 * @param path where the content stands in the request, for errors
 * @throws GatewayError naming the part that is wrong or cannot be sent on
 */
export function parseContent(content: unknown, path: string): ChatContentPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) {
    throw invalidRequest(path, `Expected a string or an array of content parts, got ${nameOf(content)}.`);
  }
  return content.map((part, index) => parsePart(part, `${path}[${index}]`));
}

function parsePart(value: unknown, path: string): ChatContentPart {
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
    case 'input_image':
    case 'image_url':
      return parseImage(part, path);
    case 'input_file':
    case 'input_audio':
    case 'input_video':
      throw new GatewayError('unsupported_value', {
        param: path,
        message: `Content of type '${part.type}' is not supported; send text or images.`,
      });
    default:
      throw invalidRequest(
        `${path}.type`,
        `Expected a content type such as 'input_text', 'output_text', 'refusal' or 'input_image', got ${
          typeof part.type === 'string' ? `'${part.type}'` : nameOf(part.type)
        }.`,
      );
  }
}

function parseImage(part: RawObject, path: string): ChatContentPart {
  const nested = isObject(part.image_url);
  const source = nested ? (part.image_url as RawObject) : part;
  const urlPath = nested ? `${path}.image_url.url` : `${path}.image_url`;
  const url = nested ? source.url : source.image_url;
  if ((url === undefined || url === null) && typeof part.file_id === 'string') {
    throw new GatewayError('unsupported_value', {
      param: `${path}.file_id`,
      message: 'Images by file_id are not supported; send image_url with an http(s) or data URL.',
    });
  }
  const image = readString(url, urlPath);
  if (!IMAGE_URL.test(image)) throw invalidRequest(urlPath, 'Expected an http(s) URL or a data:image/… URL.');
  const detail = source.detail;
  if (detail === undefined || detail === null) return { type: 'image_url', image_url: { url: image } };
  if (typeof detail !== 'string' || !IMAGE_DETAILS.has(detail)) {
    throw invalidRequest(`${path}.detail`, "Expected one of 'low', 'high', 'auto', 'original'.");
  }
  return { type: 'image_url', image_url: { url: image, detail: detail === 'original' ? 'high' : detail } };
}

/** The text of parts, images left out; several parts are separate lines, as LMDeploy joins them. */
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

export function imagesOf(parts: readonly ChatContentPart[]): ChatContentPart[] {
  return parts.filter((part) => part.type === 'image_url');
}
