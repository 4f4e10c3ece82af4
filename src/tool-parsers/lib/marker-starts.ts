const startsCache = new Map<string, RegExp>();

/** Matches any character a marker begins with. */
export function startsOf(markers: readonly string[]): RegExp {
  const chars = [...new Set(markers.map((marker) => marker.charAt(0)))].sort().join('');
  let starts = startsCache.get(chars);
  if (!starts) {
    starts = new RegExp(`[${chars.replace(/[\]\\^-]/g, '\\$&')}]`, 'g');
    startsCache.set(chars, starts);
  }
  return starts;
}
