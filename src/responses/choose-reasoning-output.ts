import type { CallContext } from '../call/call-context.js';
import { invalidRequest } from '../errors/gateway-error.js';
import type { ReasoningOutput } from '../translation/turn-plan.js';

const HEADER = 'x-reasoning-output';
const FORMS: readonly string[] = ['summary', 'text', 'open-responses', 'off'] satisfies ReasoningOutput[];

/** The request's own wish in a header, else the setting. */
export function chooseReasoningOutput(call: CallContext, setting: ReasoningOutput): ReasoningOutput {
  const wish = call.header(HEADER);
  if (wish === undefined) return setting;
  if (!FORMS.includes(wish))
    throw invalidRequest(HEADER, `Expected one of '${FORMS.join("', '")}' in the header ${HEADER}.`);
  return wish as ReasoningOutput;
}
