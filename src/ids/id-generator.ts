/** Kinds of ids: requests, responses, messages, reasoning, the kinds of calls, compactions, and the call ids that tie outputs to calls. @public */
export type IdPrefix = 'req' | 'resp' | 'msg' | 'rs' | 'fc' | 'ctc' | 'tsc' | 'cmp' | 'call';

/** Extension point: where ids come from. Provide it in an extension module to replace the default. @public */
export abstract class IdGenerator {
  /** @returns `<prefix>_<unique text>`, of at most 64 characters out of `A-Za-z0-9_-` */
  abstract next(prefix: IdPrefix): string;
}
