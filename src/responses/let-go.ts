import type { PreparedRequest } from './prepared-request.js';

/**
 * Lets go of what the model was asked, once it answers and will not be asked anything else: a long conversation would be held
 * several times over for as long as the answer takes. The objects stay, since much refers to them.
 *
 * @param keepsInput whether the input itself is still to be recorded
 */
export function letGo(prepared: PreparedRequest, keepsInput: boolean): void {
  const { request, resolved, translated } = prepared;
  prepared.truncation = null;
  translated.chat.messages = [];
  translated.chat.tools = undefined;
  if (keepsInput) return;
  request.body.input = undefined;
  resolved.input = null;
}
