/** Whoever reads what a server says may walk through it level by level. */
const MAX_LEVELS = 32;
const NOTE = '[omitted: nested too deeply]';

/** A JSON value as it may leave: no deeper than 32 levels, with `hide` applied to each text and each name of a field. */
export function boundValue(value: unknown, hide: (text: string) => string, levels = MAX_LEVELS): unknown {
  if (typeof value === 'string') return hide(value);
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return NOTE;
  if (Array.isArray(value)) return value.map((part) => boundValue(part, hide, levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [hide(name), boundValue(part, hide, levels - 1)]),
  );
}
