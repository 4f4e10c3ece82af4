/**
 * Kinds of ids: requests, responses, conversations, messages, reasoning, the kinds of calls and of their outputs, compactions, other
 * items, the call ids that tie outputs to calls, and the events of webhooks.
 * @public
 */
export type IdPrefix =
  | 'req'
  | 'resp'
  | 'conv'
  | 'msg'
  | 'rs'
  | 'fc'
  | 'fco'
  | 'ctc'
  | 'ctco'
  | 'tsc'
  | 'tso'
  | 'cmp'
  | 'mcpl'
  | 'mcp'
  | 'mcpr'
  | 'ws'
  | 'ci'
  | 'fs'
  | 'sh'
  | 'sho'
  | 'lsh'
  | 'lsho'
  | 'apc'
  | 'apco'
  | 'cu'
  | 'cuo'
  | 'item'
  | 'call'
  | 'evt';

/** Extension point: where ids come from. Provide it in an extension module to replace the default. @public */
export abstract class IdGenerator {
  /** @returns `<prefix>_<unique text>`, of at most 64 characters out of `A-Za-z0-9_-` */
  abstract next(prefix: IdPrefix): string;
}
