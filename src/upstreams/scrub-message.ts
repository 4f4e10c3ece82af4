import { isIPv6 } from 'node:net';

const MAX_READ = 8_000;
const MAX_TOLD = 1_000;
const ADDRESS = '[address]';
const FILE = '[file]';
const REDACTED = '[redacted]';

// eslint-disable-next-line no-control-regex -- it is looked for
const COLOUR = /\x1b\[[\d;]*m/g;
const TRACEBACK = /Traceback \(most recent call last\):[^\S\n]*\n(?:[^\S\n]+.*\n)*/g;

const CREDENTIALS: [RegExp, string][] = [
  [/\bBearer\s+[^\s"',;)]+/gi, REDACTED],
  [/\bBasic\s+(?=\S*[\d=])[A-Za-z0-9+/]{6,}={0,2}/g, REDACTED],
  [
    /(?<![\w.-])(?:(?:sk|pk|rk)-[\w*-]+|hf_\w+)|\b(?:gsk|ghp|gho|ghs|github_pat|glpat|nvapi|xai|xox[a-z])[_-][\w-]{6,}/gi,
    REDACTED,
  ],
  [/\bAKIA[0-9A-Z]{12,}|\bAIza[\w-]{20,}|\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}/g, REDACTED],
  [
    /(?<![a-z])((?:x-)?api[-_ ]?keys?(?: provided)?|(?:access|auth|api|refresh|session)[-_ ]?tokens?|authorization|passw(?:or)?d|secret(?:[-_ ](?:access[-_ ])?key)?|cookie|(?<=[?&])(?:key|token|sig(?:nature)?))(["']?\s*[=:]\s*["']?)(?:(?:Basic|Digest|Token)\s+)?(?!\s|\[redacted\])[^\s"',;)}\]]+/gi,
    `$1$2${REDACTED}`,
  ],
];

/** With user and password, of any scheme or none, as they are or within other text in JSON or a URL. */
const URLS = /(?:\b[a-z][a-z\d+.-]*(?::|%3a)|(?<![\w:/.%\\]))(?:\\?\/|%2f){2}[^\s"'<>)]+/gi;
const USER_AT_HOST = /(?<![\w:@/])[\w.%+-]+:[^\s:@/"']+@[\w.-]+(?::\d+)?/g;
const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)(?::\d{1,5}\b)?/g;
const BRACKETED_IPV6 = /(?<![\w\])])\[([\da-f:.]*:[\da-f:.]*)(%[\w.-]+)?\](?::\d{1,5}\b)?/gi;
const BARE_IPV6 =
  /(?<![\w:.[])((?:[\da-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[\da-f]{0,4}))(%[\w.-]+)?(?![\w:])/gi;
/** Names that can only be those of hosts. */
const HOST_NAMES =
  /(?<![\w@./-])[a-z\d](?:[\w-]*\.)+(?:local|internal|intranet|intra|lan|corp|home|localdomain|svc|consul|private|com|net|org|edu|gov|io|ai|dev|cloud|cn|eu)(?!\.?[\w-])\.?(?::\d{1,5}\b)?(?!\.\w)/gi;
/** `localhost`, and names with a hyphen or a dot, with a port; others with a port of four digits or more. */
const HOSTS_WITH_PORT =
  /(?<![\w@./:-])(localhost|[a-z][\w-]*(?:[.-][\w-]+)+|[a-z]\w*(?=:\d{4})):(\d{2,5})(?!\w|[.:]\d)/gi;
const HOST_AND_PORT = /\b(host(?:name)?|server|addr(?:ess)?)(["']?\s*[=:]\s*)(["'])[\w.-]+\3/gi;
const HOST_GIVEN = /\b(host(?:name)?=)[\w.-]+/gi;
const HOST_TUPLE = /(\(\s*)(["'])[\w.[\]-]+\2,\s*\d{2,5}(?=\s*[,)])/g;
const PORT = /\b(port["']?\s*[=:]?\s*)\d{2,5}\b/gi;
const LOCALHOST = /(?<![\w.-])localhost(?![\w.-])/gi;
/** What stands before a number that is none of a port. */
const QUANTITY =
  /(?:^|[-_.])(?:tokens?|length|len|limit|size|max|min|maximum|minimum|count|total|number|num|id|ids|index|line|col(?:umn)?|char(?:acter)?|pos(?:ition)?|offset|code|status|error|errno|step|seed|version|value|width|height|dim|context|window|budget|batch|year|date|time|at|got|is|than|top-k|k|n|ctx|used|requested|prompt|input|output|completion|total)$/i;

const WINDOWS_PATHS =
  /(?<!\w)(?:[a-z]:[\\/]|\\\\[\w.$-]+\\)(?:[^\\/\s"'<>|:*?]+[\\/]+|[^\\/\n"'<>|:*?.]+\\+)*[^\\/\s"'<>|:*?,;)\]]*(?::\d+)*/gi;
/** Fields that a JSON pointer may begin with, and routes, are no folders. */
const UNIX_PATHS =
  /(?<![\w./~<#*)\]-])(?:(?:~|\.{1,2})\/(?:[\w.@+%=~-]+\/?)+|\/(?!(?:v\d+|\d+|api|messages|input|tools|tool_choice|response_format|properties|items|definitions|\$defs|text|reasoning|choices|content|parameters|chat)\/)[\w.@+%=~-]+(?:\/[\w.@+%=~-]+)+\/?|\/[\w.@+%=~-]+\.[a-z]\w{0,10}\b)(?::\d+)*/gi;
const SOURCE_FILES =
  /(?<![\w./-])(?:[\w.-]+\/)*[\w-]+\.(?:py|pyc|pyx|cpp|cc|cu|cuh|hpp|so|go|rs|js|mjs|ts|java)\b(?:[\d.]*)(?::\d+)*(?!\w)/g;

/**
 * Takes out of a model server's message what tells where it is, what it is called with and what its machine looks like. It does not
 * touch names of models, paths in JSON, numbers and ordinary words.
 *
 * @param key the gateway's own key
 */
export function scrubMessage(message: string, key = ''): string {
  const isCut = message.length > MAX_READ;
  // What is cut in the midst would no longer be known for what it is.
  let text = isCut ? message.slice(0, MAX_READ).replace(/\S+$/, '') : message;
  if (key.length > 3) text = text.replaceAll(key, REDACTED);
  text = text.replace(COLOUR, '').replace(TRACEBACK, '');
  for (const [pattern, replacement] of CREDENTIALS) text = text.replace(pattern, replacement);
  return scrubPlaces(text).slice(0, MAX_TOLD);
}

function scrubPlaces(text: string): string {
  return text
    .replace(URLS, ADDRESS)
    .replace(USER_AT_HOST, ADDRESS)
    .replace(WINDOWS_PATHS, FILE)
    .replace(UNIX_PATHS, FILE)
    .replace(HOST_NAMES, ADDRESS)
    .replace(SOURCE_FILES, FILE)
    .replace(BRACKETED_IPV6, (all: string, ip: string) => (isIPv6(ip) ? ADDRESS : all))
    .replace(BARE_IPV6, (all: string, ip: string) => (isIPv6(ip) && /\d/.test(ip) ? ADDRESS : all))
    .replace(IPV4, ADDRESS)
    .replace(HOST_TUPLE, `$1$2${ADDRESS}$2`)
    .replace(HOST_AND_PORT, `$1$2$3${ADDRESS}$3`)
    .replace(HOST_GIVEN, `$1${ADDRESS}`)
    .replace(HOSTS_WITH_PORT, (all: string, host: string) => (QUANTITY.test(host) ? all : ADDRESS))
    .replace(LOCALHOST, ADDRESS)
    .replace(PORT, `$1${REDACTED}`);
}
