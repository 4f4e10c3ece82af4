type Exec = (this: RegExp, text: string) => RegExpExecArray | null;

/**
 * Counts the characters that strings are looked at for while `act` runs: a measure of work that, other than time, is the same on
 * every machine.
 */
export function countVisits(act: () => void): number {
  let visits = 0;
  const patched: (() => void)[] = [];
  const patch = (
    holder: object,
    name: string,
    cost: (self: unknown, args: unknown[], result: unknown) => number,
  ): void => {
    const methods = holder as Record<string, (...args: unknown[]) => unknown>;
    const original = methods[name]!;
    methods[name] = function (this: unknown, ...args: unknown[]) {
      const result = original.apply(this, args);
      visits += cost(this, args, result);
      return result;
    };
    patched.push(() => {
      methods[name] = original;
    });
  };
  const lengthOf = (value: unknown): number => String(value).length;
  patch(String.prototype, 'charAt', () => 1);
  patch(String.prototype, 'charCodeAt', () => 1);
  patch(String.prototype, 'startsWith', (_self, [part]) => lengthOf(part));
  patch(String.prototype, 'slice', (_self, _args, result) => lengthOf(result));
  patch(String.prototype, 'trim', lengthOf);
  patch(String.prototype, 'replace', lengthOf);
  const { value: exec } = Object.getOwnPropertyDescriptor(RegExp.prototype, 'exec') as { value: Exec };
  RegExp.prototype.exec = function (text: string) {
    const from = this.lastIndex;
    const match = exec.call(this, text);
    visits += (match ? match.index + match[0].length : text.length) - (this.global ? from : 0);
    return match;
  };
  try {
    act();
  } finally {
    RegExp.prototype.exec = exec;
    for (const restore of patched) restore();
  }
  return visits;
}
