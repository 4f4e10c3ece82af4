import type { AllowedCall, ServedToolbox } from '../../translation/answer-tools.js';
import { isObject } from '../../contracts/raw-object.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import type { PreparedRequest } from '../prepared-request.js';
import type { TranslatedRequest } from '../../translation/request/translate-request.js';
import { isHostedKind } from '../../translation/vocabulary/hosted-kind.js';
import { showImages } from './show-images.js';
import type { Toolbox } from './toolbox.js';

/** How often the model is asked in one answer. */
const MAX_TURNS = 16;

/** What an answer has come to, when the model is asked again. */
export interface Progress {
  /** What was said and done. */
  items: readonly unknown[];
  /** Whether the model may call tools. */
  mayCall: boolean;
}

/** The tools of a request, for its answer. @param ask makes the next question */
export function serveAnswer(
  toolbox: Toolbox,
  { request, target, translated }: Pick<PreparedRequest, 'request' | 'target' | 'translated'>,
  ask: (progress: Progress) => TranslatedRequest,
): ServedToolbox {
  const { tools } = translated.plan;
  toolbox.isInUse = true;
  return {
    listings: toolbox.listings,
    allowed: toolbox.approvals.map(({ approvalId, label, name, arguments: given }) => ({
      approvalId,
      tool: tools.find(name, label) ?? strange(name, label),
      arguments: given,
    })),
    maxCalls: request.body.max_tool_calls ?? Infinity,
    maxTurns: MAX_TURNS,
    isServed: (name) => toolbox.isServed(name),
    call: async ({ kind, name, namespace }, given, signal) => {
      const outcome = isHostedKind(kind)
        ? await toolbox.callHosted(kind, given, signal)
        : await toolbox.call({ label: namespace ?? '', name, arguments: given }, signal);
      return showImages(outcome, target.profile.vision);
    },
    nextQuestion: (items, mayCall) => ask({ items, mayCall }),
  };
}

/** A tool that was asked for in an earlier request, and is not there in this one: its call fails. */
function strange(name: string, label: string): AllowedCall['tool'] {
  return { kind: 'mcp', name, namespace: label, wireName: `${label}__${name}`, parameters: null };
}

/** What the request becomes once its model has had a turn: nothing is demanded of it any more. */
export function goingOn(
  input: readonly unknown[],
  choice: unknown,
  { items, mayCall }: Progress,
): Pick<CreateResponseBody, 'input' | 'tool_choice'> {
  const isFilter = isObject(choice) && choice.type === 'allowed_tools';
  return {
    input: [...input, ...items],
    tool_choice: !mayCall ? 'none' : isFilter ? { ...choice, mode: 'auto' } : 'auto',
  };
}
