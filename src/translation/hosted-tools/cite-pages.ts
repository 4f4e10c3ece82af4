import type { UrlCitation } from '../../contracts/hosted-tools-api.js';
import type { WebPage } from './read-pages.js';

/** Most pages that are looked for in a text. */
const MAX_PAGES = 200;
const MAX_LABEL = 500;
/** Behind a URL: what cannot go on with it, perhaps behind what ends a sentence. */
const BEHIND_URL = /\/?[.,;:!?*_'"]{0,8}(?:$|[\s<>"`)\]}|\u0080-\uffff])/y;
/** Before a URL: what makes it a part of a longer one. */
const WITHIN_URL = /[\w/=&?%+-]/;
const LINK_END = /\/?(?:[ \t]{1,4}"[^"\n]{0,300}")?\)/y;

/**
 * Finds where a text names pages, as a link of Markdown or by the bare URL. The text comes in pieces, cut anywhere: a line is looked at
 * when it is whole.
 */
export class PageCitations {
  /** By their URL, without a slash at its end. */
  private readonly pages = new Map<string, WebPage>();
  private line = '';
  /** Where the line begins in the text. */
  private offset = 0;

  constructor(pages: readonly WebPage[]) {
    for (const page of pages.slice(0, MAX_PAGES)) {
      const bare = page.url.replace(/\/$/, '');
      if (!this.pages.has(bare)) this.pages.set(bare, page);
    }
  }

  /** @returns the citations that are known by now and were not before */
  add(piece: string): UrlCitation[] {
    const end = piece.lastIndexOf('\n');
    if (end === -1) {
      this.line += piece;
      return [];
    }
    const lines = (this.line + piece.slice(0, end)).split('\n');
    this.line = piece.slice(end + 1);
    return lines.flatMap((line) => this.endLine(line, line.length + 1));
  }

  /** The text is whole. */
  end(): UrlCitation[] {
    const { line } = this;
    this.line = '';
    return this.endLine(line, line.length);
  }

  private endLine(line: string, length: number): UrlCitation[] {
    const start = this.offset;
    this.offset += length;
    return line.includes('://') ? this.findIn(line, start) : [];
  }

  private findIn(line: string, offset: number): UrlCitation[] {
    const found = [...this.pages].flatMap(([bare, page]) =>
      placesOf(bare, line).map((place) => citationOf(line, place, place + bare.length, page)),
    );
    found.sort((one, other) => one.start_index - other.start_index || other.end_index - one.end_index);
    let behind = 0;
    // The label of a link may be its own URL.
    const apart = found.filter(({ start_index: start, end_index: end }) => {
      if (start < behind) return false;
      behind = end;
      return true;
    });
    return apart.map((citation) => ({
      ...citation,
      start_index: citation.start_index + offset,
      end_index: citation.end_index + offset,
    }));
  }
}

function placesOf(url: string, line: string): number[] {
  const places: number[] = [];
  for (let at = line.indexOf(url); at !== -1; at = line.indexOf(url, at + url.length)) {
    const isWhole = at === 0 || !WITHIN_URL.test(line.charAt(at - 1));
    if (isWhole && matchAt(BEHIND_URL, line, at + url.length) !== null) places.push(at);
  }
  return places;
}

function citationOf(line: string, start: number, end: number, { url, title }: WebPage): UrlCitation {
  const link = linkAround(line, start, end);
  const known = title ?? (link === null ? url : line.slice(link.start + 1, start - 2) || url);
  return {
    type: 'url_citation',
    start_index: link?.start ?? start,
    end_index: link?.end ?? (line.charAt(end) === '/' ? end + 1 : end),
    url,
    title: known,
  };
}

/** The link of Markdown that a URL is the target of; null: it is none. */
function linkAround(line: string, start: number, end: number): { start: number; end: number } | null {
  if (line.slice(Math.max(0, start - 2), start) !== '](') return null;
  const rest = matchAt(LINK_END, line, end);
  if (rest === null) return null;
  let open = 0;
  for (let at = start - 3; at >= 0 && start - at < MAX_LABEL; at--) {
    const character = line.charAt(at);
    if (character === ']') open++;
    if (character !== '[') continue;
    if (open === 0) return { start: at, end: end + rest.length };
    open--;
  }
  return null;
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
