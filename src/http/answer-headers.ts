import type { CallContext } from '../call/call-context.js';

const NAME = /^[\w.:/-]{1,64}$/;
const MAX_NAMES = 32;

/** The `x-gateway-ignored` header, when something was left out. */
export function ignoredHeader({ ignored }: CallContext): Record<string, string> {
  const names = ignored.filter((name) => NAME.test(name)).slice(0, MAX_NAMES);
  return names.length === 0 ? {} : { 'x-gateway-ignored': names.join(', ') };
}
