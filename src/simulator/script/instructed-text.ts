const COUNT_LIMIT = 10_000;

/** The text that a plain instruction asks for: "Reply exactly: X", "Echo: X", "Count to N". */
export function instructedText(question: string): string | undefined {
  const exact = /\b(?:reply|answer|respond|say)\s+(?:with\s+)?exactly\b\s*:?\s*([\s\S]+)/i.exec(question);
  if (exact?.[1]) return exact[1].trim();
  const echo = /\becho:\s*([\s\S]+)/i.exec(question);
  if (echo?.[1]) return echo[1].trim();
  const count = /\bcount\s+(?:from\s+1\s+)?(?:up\s+)?to\s+(\d+)/i.exec(question);
  if (!count) return undefined;
  const end = Math.min(Number(count[1]), COUNT_LIMIT);
  return Array.from({ length: end }, (_, index) => index + 1).join(' ');
}
