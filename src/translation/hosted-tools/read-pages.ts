import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { jsonOfOutput } from './json-of-output.js';

/** A page that a search has found. */
export interface WebPage {
  url: string;
  /** null: not known. */
  title: string | null;
}

/** Most pages of one search. */
const MAX_PAGES = 50;
const MAX_URL = 2_048;
const MAX_TITLE = 300;
const MAX_DEPTH = 8;
const WEB_URL = /^https?:\/\/[^\s<>"`]+$/;
const URL_KEYS = ['url', 'link', 'href', 'uri', 'source'];
const TITLE_KEYS = ['title', 'name'];
/** A link of Markdown, or a URL as it is. */
const URL_IN_TEXT =
  /\[([^[\]\n]{1,300})\]\((https?:\/\/[^\s()<>"`]{1,2048})\)|https?:\/\/[^\s<>"`'()[\]{}|\\]{1,2048}/g;
const TITLE_LINE = /^(?:\d+[.)])?[ *-]{0,4}title\W{1,4}(.{1,300})/i;
const NOT_OF_URL = /[.,;:!?*_]+$/;

/** The pages that the output of a search names: objects with a URL in its JSON, else the URLs in its text. Each once, at most 50. */
export function readPages(output: string): WebPage[] {
  const pages = new Map<string, WebPage>();
  for (const value of jsonOfOutput(output)) addPages(value, pages, 0);
  if (pages.size === 0) addPagesOfText(output, pages);
  return [...pages.values()];
}

function addPages(value: unknown, pages: Map<string, WebPage>, depth: number): void {
  if (depth > MAX_DEPTH || pages.size >= MAX_PAGES) return;
  if (Array.isArray(value)) {
    for (const inner of value) addPages(inner, pages, depth + 1);
  } else if (isObject(value)) {
    const url = firstText(value, URL_KEYS, isWebUrl);
    if (url !== null) add(pages, url, firstText(value, TITLE_KEYS));
    for (const inner of Object.values(value)) addPages(inner, pages, depth + 1);
  }
}

function addPagesOfText(text: string, pages: Map<string, WebPage>): void {
  let title: string | null = null;
  for (const line of text.split('\n')) {
    title = TITLE_LINE.exec(line.trim())?.[1]?.trim() ?? title;
    for (const [bare, label, linked] of line.matchAll(URL_IN_TEXT)) {
      add(pages, linked ?? bare.replace(NOT_OF_URL, ''), label ?? title);
      title = null;
    }
    if (pages.size >= MAX_PAGES) return;
  }
}

function add(pages: Map<string, WebPage>, url: string, title: string | null): void {
  if (pages.size < MAX_PAGES && isWebUrl(url) && !pages.has(url)) {
    pages.set(url, { url: url.toWellFormed(), title: title?.slice(0, MAX_TITLE).toWellFormed() ?? null });
  }
}

function firstText(value: RawObject, keys: readonly string[], fits = isFilled): string | null {
  const found = keys.map((key) => value[key]).find((text) => typeof text === 'string' && fits(text));
  return typeof found === 'string' ? found : null;
}

function isFilled(text: string): boolean {
  return text !== '';
}

function isWebUrl(url: string): boolean {
  return url.length <= MAX_URL && WEB_URL.test(url);
}
