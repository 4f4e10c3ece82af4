import { GatewayError } from '../errors/gateway-error.js';
import type { Caller } from '../request/request-context.js';

/** @param names of one model: that which the client writes, and that which it stands for */
export function mayUse(caller: Caller | null, ...names: readonly string[]): boolean {
  const allowed = caller?.models;
  return !allowed || names.some((name) => allowed.includes(name));
}

/**
 * Whoever may not use a model need not know that it is there.
 *
 * @throws GatewayError `model_not_found`
 */
export function assertMayUse(caller: Caller | null, ...names: readonly [string, ...string[]]): void {
  if (mayUse(caller, ...names)) return;
  throw new GatewayError('model_not_found', {
    param: 'model',
    message: `The model '${names[0]}' does not exist or you do not have access to it.`,
  });
}
