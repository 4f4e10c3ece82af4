import { hostOf } from '../../../config/host-list.js';
import { isPublicHost } from '../../../config/is-public-host.js';
import { parseUrl } from '../../../config/parse-url.js';
import { GatewayError } from '../../../errors/gateway-error.js';
import type { MediaPolicy } from './media-policy.js';
import { isDataUrl, readDataUrl, sizeOfBase64 } from './read-data-url.js';

export type MediaKind = 'image' | 'audio' | 'video' | 'file';

/** Raster images alone: SVG is a program, and what it refers to would be fetched. */
const DATA_TYPES: Partial<Record<MediaKind, RegExp>> = {
  image: /^image\/(?:png|jpe?g|pjpeg|gif|webp|(?:x-ms-)?bmp|tiff|hei[cf]|avif)$/,
  audio:
    /^audio\/(?:wave?|x-wav|vnd\.wave|mpeg|mp3|mp4|m4a|x-m4a|aac|ogg|opus|flac|x-flac|webm|pcm16?|l16|g711_[au]law)$/,
  video: /^video\/(?:mp4|mpeg|webm|ogg|quicktime|mov|avi|x-msvideo|x-matroska|x-m4v|3gpp)$/,
};
/** Of a URL that is no data: signed ones have some hundreds, and parsing takes its time. */
const MAX_CHARACTERS = 16_384;
/** How markup begins, packed or not; no raster image, sound or film does. */
// eslint-disable-next-line no-control-regex -- bytes
const MARKUP = /^(?:[\t\n\f\r <]|\xef\xbb\xbf|\xfe\xff|\xff\xfe|\0<|\x1f\x8b)/;
// eslint-disable-next-line no-control-regex -- they are looked for
const CONTROL = /[\0-\x1f\x7f\\]/;

/**
 * The URL of an image, sound, film or file as the model server gets it: rewritten by one parser, so that another cannot read another
 * host out of it. It must be http(s) to a host that MEDIA_HOSTS allows, or data of a type and size that are.
 *
 * @param path where the URL stands in the request, for errors
 * @throws GatewayError (400)
 */
export function checkMediaUrl(kind: MediaKind, url: string, path: string, policy: MediaPolicy): string {
  const refuse = (message: string): never => {
    throw new GatewayError(kind === 'image' ? 'invalid_image_url' : 'invalid_request', {
      param: path,
      message,
    });
  };
  if (isDataUrl(url)) return checkData(kind, url, policy.maxBytes, refuse);
  if (url.length > MAX_CHARACTERS) refuse(`URLs must not be longer than ${MAX_CHARACTERS} characters.`);
  if (CONTROL.test(url)) refuse('URLs must not contain control characters or backslashes.');
  const parsed = parseUrl(url) ?? refuse(`Expected an http(s) URL or a data:${kind}/… URL.`);
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    refuse(
      `Expected an http(s) URL or a data:${kind}/… URL, got one with '${parsed.protocol.slice(0, 32)}'.`,
    );
  }
  if (policy.hosts.isNamed(parsed)) return parsed.href;
  if (parsed.username !== '' || parsed.password !== '')
    refuse('URLs must not contain a user name or password.');
  if (!isPublicHost(hostOf(parsed))) refuse('URLs must not point to private, local or reserved addresses.');
  if (!policy.hosts.isAny) refuse('Media must not be fetched from this host.');
  return parsed.href;
}

function checkData(
  kind: MediaKind,
  url: string,
  maxBytes: number,
  refuse: (message: string) => never,
): string {
  const { type, isBase64, data } =
    readDataUrl(url) ?? refuse('This data URL is malformed: the comma is missing.');
  if (!DATA_TYPES[kind]?.test(type))
    refuse(`Data of type '${type.slice(0, 64)}' is not accepted as ${kind}.`);
  const size = isBase64 ? sizeOfBase64(data) : null;
  if (size === null || size === 0) return refuse(`This data URL does not contain base64 ${kind} data.`);
  if (size > maxBytes) refuse(`The ${kind} has ${size} bytes; the limit is ${maxBytes}.`);
  if (MARKUP.test(Buffer.from(data.slice(0, 8), 'base64').toString('latin1'))) {
    refuse(`This data URL is declared as '${type}' but contains text, such as SVG.`);
  }
  const head = `data:${type};base64,`;
  return url.startsWith(head) ? url : `${head}${data}`;
}
