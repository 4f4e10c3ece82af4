import { decideAnswer } from '../../src/simulator/script/decide-answer.js';
import type { WriteText } from '../../src/simulator/script/write-text.js';
import { FAMILY_TEXTS, type FamilyText } from './tool-text.js';

/** How a model marks its reasoning; headless: without the opening tag. */
export type ReasoningForm = 'think' | 'headless' | 'mistral';

/** Tags that tokenizers mark as special: a server takes them out of the text unless skip_special_tokens is false. */
const SPECIAL =
  /<\|(?:action_start|plugin|action_end|python_tag|start|end|channel|message|constrain|call|return)\|>|\[TOOL_CALLS\]|\[ARGS\]/g;

/** A simulated model that writes raw output itself: the last message of the user, as it is. */
export const echoModel: WriteText = ({ messages }) =>
  messages.findLast(({ role }) => role === 'user')?.text ?? '';

/**
 * The simulated model that follows instructions, in the text of another family, for a server without parsers.
 *
 * @param name a family of {@link FAMILY_TEXTS}
 */
export function familyModel(name: string, form: ReasoningForm = 'think'): WriteText {
  const family = FAMILY_TEXTS.find((each) => (each.name ?? each.parser) === name);
  if (!family) throw new Error(`No text is known for ${name}.`);
  return (request, options) => {
    const answer = decideAnswer(request, options.seed);
    const text = name === 'harmony' ? inChannels(answer, family) : inTags(answer, family, form);
    return request.skipSpecialTokens ? text.replaceAll(SPECIAL, '') : text;
  };
}

type Answer = ReturnType<typeof decideAnswer>;

function inTags({ reasoning, text, calls }: Answer, family: FamilyText, form: ReasoningForm): string {
  const body = calls.length > 0 ? family.render(calls) : text;
  if (!reasoning) return body;
  if (form === 'mistral') return `[THINK]${reasoning}[/THINK]${body}`;
  return `${form === 'think' ? '<think>\n' : ''}${reasoning}\n</think>\n\n${body}`;
}

function inChannels({ reasoning, text, calls }: Answer, family: FamilyText): string {
  const messages = [
    ...(reasoning ? [`<|channel|>analysis<|message|>${reasoning}<|end|>`] : []),
    ...(text === '' ? [] : [`<|channel|>final<|message|>${text}<|return|>`]),
    ...(calls.length > 0 ? [family.render(calls)] : []),
  ];
  return messages.join('<|start|>assistant');
}
