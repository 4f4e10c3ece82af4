import type { ChatAudioPart, ChatImagePart, ChatVideoPart } from '../../../contracts/chat-completions.js';
import { invalidRequest } from '../../../errors/gateway-error.js';
import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import { readObject, readString, readText } from '../read-field.js';
import { checkMediaUrl, type MediaKind } from './check-media-url.js';
import type { MediaPolicy } from './media-policy.js';
import { isDataUrl } from './read-data-url.js';

const IMAGE_DETAILS = new Set(['low', 'high', 'auto', 'original']);
const FORMAT = /^[\w-]{1,16}$/;
const SUBTYPES = new Map([['mp3', 'mpeg']]);

/** A part with `image_url`: the URL itself, or an object that has it as chat completions do. */
export function parseImage(part: RawObject, path: string, policy: MediaPolicy): ChatImagePart {
  const { source, url, urlPath } = findUrl(part, 'image_url', path);
  const given = readString(url, urlPath);
  const detail = readText(source.detail, `${path}.detail`);
  if (detail !== '' && !IMAGE_DETAILS.has(detail)) {
    throw invalidRequest(`${path}.detail`, "Expected one of 'low', 'high', 'auto', 'original'.");
  }
  const image = checkMediaUrl('image', given, urlPath, policy);
  if (detail === '') return { type: 'image_url', image_url: { url: image } };
  return { type: 'image_url', image_url: { url: image, detail: detail === 'original' ? 'high' : detail } };
}

/** A part with `input_audio: {data, format}` or `audio_url`. */
export function parseAudio(part: RawObject, path: string, policy: MediaPolicy): ChatAudioPart {
  return { type: 'audio_url', audio_url: { url: readMediaUrl('audio', part, path, policy) } };
}

/** A part with `video_url`, or `input_video: {data, format}`. */
export function parseVideo(part: RawObject, path: string, policy: MediaPolicy): ChatVideoPart {
  return { type: 'video_url', video_url: { url: readMediaUrl('video', part, path, policy) } };
}

function readMediaUrl(kind: 'audio' | 'video', part: RawObject, path: string, policy: MediaPolicy): string {
  const { url, urlPath } = findUrl(part, `${kind}_url`, path);
  if (url !== undefined && url !== null)
    return checkMediaUrl(kind, readString(url, urlPath), urlPath, policy);
  const field = `input_${kind}`;
  const sourcePath = `${path}.${field}`;
  const source = readObject(part[field], sourcePath);
  if (typeof source.url === 'string') return checkMediaUrl(kind, source.url, `${sourcePath}.url`, policy);
  const dataPath = `${sourcePath}.data`;
  const data = readString(source.data, dataPath);
  return checkMediaUrl(
    kind,
    isDataUrl(data) ? data : `data:${typeOf(kind, source.format, `${sourcePath}.format`)};base64,${data}`,
    dataPath,
    policy,
  );
}

function typeOf(kind: MediaKind, format: unknown, path: string): string {
  const name = readString(format, path).toLowerCase();
  if (!FORMAT.test(name)) throw invalidRequest(path, "Expected a format name, such as 'wav' or 'mp4'.");
  return `${kind}/${SUBTYPES.get(name) ?? name}`;
}

function findUrl(
  part: RawObject,
  field: string,
  path: string,
): { source: RawObject; url: unknown; urlPath: string } {
  const nested = part[field];
  if (isObject(nested)) return { source: nested, url: nested.url, urlPath: `${path}.${field}.url` };
  return { source: part, url: nested, urlPath: `${path}.${field}` };
}
