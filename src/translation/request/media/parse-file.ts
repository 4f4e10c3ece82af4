import { invalidRequest } from '../../../errors/gateway-error.js';
import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import { readText } from '../read-field.js';
import { checkMediaUrl } from './check-media-url.js';
import type { MediaPolicy } from './media-policy.js';
import { isDataUrl, readDataUrl, sizeOfBase64 } from './read-data-url.js';

const TEXT_TYPE =
  /^(?:text\/.+|.+\+(?:json|xml|yaml)|application\/(?:x-)?(?:json|jsonl|json5|ndjson|jsonlines|xml|yaml|yml|toml|csv|markdown|javascript|ecmascript|typescript|sql|sh|shellscript|python|httpd-php|latex|tex|graphql))$/;
const TEXT_NAME =
  /\.(?:txt|text|log|md|mdx|markdown|rst|csv|tsv|json|jsonl|json5|ndjson|xml|xsd|svg|ya?ml|toml|ini|cfg|conf|env|properties|html?|css|scss|less|[cm]?[jt]sx?|vue|svelte|py|pyi|ipynb|rb|go|rs|java|kt|kts|swift|c|h|cc|cpp|cxx|hpp|cs|php|pl|lua|r|jl|scala|sh|bash|zsh|ps1|bat|sql|graphql|proto|tex|bib|diff|patch|srt|vtt)$/i;
/** Types that say less than the name: the last two are what browsers call `.csv` beside Excel, and `.ts`. */
const UNTOLD_TYPES = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/vnd.ms-excel',
  'video/mp2t',
]);
const MAX_NAME = 255;

/** A file: its text, or why there is none for a model. */
export type ParsedFile = { text: string } | { problem: string; param: string; name: string };

/**
 * A file whose data are text by their media type or, where they have none, by the file's name. Data stand in a data URL or in base64
 * alone. The text has the file's name in front.
 *
 * @throws GatewayError (400) when the data are not what they say, or the URL is not one that may be named
 */
export function parseFile(part: RawObject, path: string, policy: MediaPolicy): ParsedFile {
  const [source, base] = isObject(part.file) ? [part.file, `${path}.file`] : [part, path];
  const name = asName(readText(source.filename, `${base}.filename`));
  const cannot = (param: string, problem: string): ParsedFile => ({ problem, param, name });
  const url = readText(source.file_url, `${base}.file_url`);
  const field = (source.file_data ?? null) === null && isDataUrl(url) ? 'file_url' : 'file_data';
  const dataPath = `${base}.${field}`;
  const data = readText(source[field], dataPath);
  if (data !== '') {
    const { type, charset, isBase64, payload } = unpack(data, dataPath);
    const isText = UNTOLD_TYPES.has(type) ? TEXT_NAME.test(name) : TEXT_TYPE.test(type);
    if (!isText) return cannot(path, 'only text files (text/*, JSON, CSV, Markdown, XML, YAML) can be read');
    const bytes = isBase64 ? fromBase64(payload, dataPath) : fromPercents(payload, dataPath);
    if (bytes.length > policy.maxBytes) {
      return cannot(dataPath, `it has ${bytes.length} bytes; the limit is ${policy.maxBytes}`);
    }
    const text = decode(bytes, charset);
    return { text: name === '' ? text : `File ${name}:\n${text}` };
  }
  if (url !== '') {
    checkMediaUrl('file', url, `${base}.file_url`, policy);
    return cannot(`${base}.file_url`, 'files are not fetched: send file_data');
  }
  if (typeof source.file_id === 'string')
    return cannot(`${base}.file_id`, 'files are not stored: send file_data');
  return cannot(path, 'it has no file_data');
}

function unpack(
  data: string,
  path: string,
): { type: string; charset: string; isBase64: boolean; payload: string } {
  if (!isDataUrl(data)) return { type: '', charset: '', isBase64: true, payload: data };
  const parsed = readDataUrl(data);
  if (!parsed) throw invalidRequest(path, 'This data URL is malformed: the comma is missing.');
  return { ...parsed, payload: parsed.data };
}

function fromBase64(text: string, path: string): Buffer {
  if (sizeOfBase64(text) === null) throw invalidRequest(path, 'Expected base64 data.');
  return Buffer.from(text, 'base64');
}

function fromPercents(text: string, path: string): Buffer {
  try {
    return Buffer.from(decodeURIComponent(text), 'utf8');
  } catch {
    throw invalidRequest(path, 'This data URL is malformed: invalid percent-encoding.');
  }
}

/** A byte order mark counts more than what the media type says; an encoding nobody knows is read as UTF-8. */
function decode(bytes: Buffer, charset: string): string {
  const mark = bytes.toString('latin1', 0, 2);
  const marked = mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : '';
  try {
    return new TextDecoder(marked || charset || 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** In one line: the name stands in front of the text. */
function asName(text: string): string {
  return text
    .slice(0, MAX_NAME)
    .replace(/\p{C}+/gu, ' ')
    .trim();
}
