import type { HostedKind } from '../../contracts/hosted-tools-api.js';

const KINDS: ReadonlySet<string> = new Set<HostedKind>(['web_search', 'code_interpreter', 'file_search']);
const WEB_SEARCH = /^web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?$/;

export function isHostedKind(kind: string): kind is HostedKind {
  return KINDS.has(kind);
}

/** What a type of tool stands for, `web_search_preview` or one with a date too; null: it is none that is hosted. */
export function hostedKindOf(type: unknown): HostedKind | null {
  if (typeof type !== 'string') return null;
  if (WEB_SEARCH.test(type)) return 'web_search';
  return isHostedKind(type) ? type : null;
}
