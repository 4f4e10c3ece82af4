import type { AllowedCall, CallResult, ServedToolbox } from '../../translation/answer-tools.js';
import { isObject } from '../../contracts/raw-object.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import type { PreparedRequest } from '../prepared-request.js';
import type { Question } from '../../translation/segments/ask-again.js';
import { tokenLimit } from '../../translation/request/copy-sampling.js';
import { isHostedKind } from '../../translation/vocabulary/hosted-kind.js';
import type { ToolOutcome } from '../../tools/tool-session.js';
import type { Toolbox } from './toolbox.js';

/** Calls of an answer where the request does not say how many. */
const MAX_CALLS = 128;

/** What an answer has come to, when the model is asked again. */
export interface Progress {
  /** What was said and done. */
  items: readonly unknown[];
  /** Whether the model may call tools. */
  mayCall: boolean;
  /** Tokens that it may write; null: as many as it likes. */
  tokensLeft: number | null;
}

/**
 * The tools of a request, for its answer.
 *
 * @param maxTurns how often the model is asked
 * @param ask makes the next question
 */
export function serveAnswer(
  toolbox: Toolbox,
  { request, target, translated }: Pick<PreparedRequest, 'request' | 'target' | 'translated'>,
  maxTurns: number,
  ask: (progress: Progress) => Question,
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
    maxCalls: request.body.max_tool_calls ?? MAX_CALLS,
    maxTurns,
    maxOutputTokens: tokenLimit(request.body),
    isServed: (name) => toolbox.isServed(name),
    call: async ({ tool: { kind, name, namespace }, arguments: given, approvalId }, signal) => {
      const outcome = isHostedKind(kind)
        ? await toolbox.callHosted(kind, given, signal)
        : await toolbox.call({ label: namespace ?? '', name, arguments: given, approvalId }, signal);
      return withImages(outcome, target.profile.vision);
    },
    nextQuestion: (items, mayCall, tokensLeft) => ask({ items, mayCall, tokensLeft }),
  };
}

/** As the model gets them; where it sees none, they are left with the text. */
function withImages({ output, error, images = [] }: ToolOutcome, canSee: boolean): CallResult {
  const shown = canSee ? images : [];
  return { output, error, images: shown.map(({ mimeType, data }) => `data:${mimeType};base64,${data}`) };
}

/** A tool that was asked for in an earlier request, and is not there in this one: its call fails. */
function strange(name: string, label: string): AllowedCall['tool'] {
  return { kind: 'mcp', name, namespace: label, wireName: `${label}__${name}`, parameters: null };
}

/** What the request becomes once its model has had a turn: nothing is demanded of it any more. */
export function goingOn(
  input: readonly unknown[],
  choice: unknown,
  { items, mayCall, tokensLeft }: Progress,
): Partial<CreateResponseBody> {
  return {
    input: [...input, ...items],
    tool_choice: mayCall ? undemanding(choice) : 'none',
    ...(tokensLeft !== null && { max_output_tokens: tokensLeft }),
  };
}

function undemanding(choice: unknown): unknown {
  const type = isObject(choice) ? choice.type : choice;
  if (type === 'none') return 'none';
  return isObject(choice) && type === 'allowed_tools' ? { ...choice, mode: 'auto' } : 'auto';
}
