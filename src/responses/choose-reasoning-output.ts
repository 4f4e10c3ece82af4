import type { RequestContext } from '../request/request-context.js';
import { invalidRequest } from '../errors/gateway-error.js';
import type { ReasoningOutput } from '../translation/turn-plan.js';

const HEADER = 'x-reasoning-output';
const FORMS: readonly string[] = ['summary', 'text', 'open-responses', 'off'] satisfies ReasoningOutput[];

/** The request header, else the setting. */
export function chooseReasoningOutput(context: RequestContext, setting: ReasoningOutput): ReasoningOutput {
  const wish = context.header(HEADER);
  if (wish === undefined) return setting;
  if (!FORMS.includes(wish))
    throw invalidRequest(HEADER, `Expected one of '${FORMS.join("', '")}' in the header ${HEADER}.`);
  return wish as ReasoningOutput;
}
