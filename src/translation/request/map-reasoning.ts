import { REASONING_EFFORTS, type ModelProfile, type ReasoningEffort } from '../../contracts/model-profile.js';
import type { ChatRequest } from '../../contracts/chat-completions.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import type { RawObject } from '../../contracts/raw-object.js';
import { readText } from './read-field.js';

/**
 * Maps `reasoning` to what the profile's server accepts.
 *
 * @param chat gets `reasoning_effort` and the template switches
 * @returns the echo for the response object: null, or effort and summary, `max` for what is beyond it
 */
export function mapReasoning(
  reasoning: RawObject | null | undefined,
  profile: ModelProfile,
  chat: ChatRequest,
): ResponseObject['reasoning'] {
  const effort = clamp(readText(reasoning?.effort, 'reasoning.effort'));
  const summary =
    readText(reasoning?.summary, 'reasoning.summary') ||
    readText(reasoning?.generate_summary, 'reasoning.generate_summary');
  if (effort !== '') applyEffort(effort, profile, chat);
  return effort === '' && summary === '' ? null : { effort: effort || null, summary: summary || null };
}

/** Codex goes beyond the efforts that the API has. */
function clamp(effort: string): string {
  return effort === 'ultra' ? 'max' : effort;
}

function applyEffort(effort: string, profile: ModelProfile, chat: ChatRequest): void {
  if (!isEffort(effort)) {
    throw invalidRequest('reasoning.effort', `Expected one of '${REASONING_EFFORTS.join("', '")}'.`);
  }
  const value = profile.effort[effort];
  if (value !== null) chat.reasoning_effort = value;
  const switches = effort === 'none' ? profile.thinkingOff : profile.thinkingOn;
  if (switches) chat.chat_template_kwargs = { ...switches, ...chat.chat_template_kwargs };
}

function isEffort(value: string): value is ReasoningEffort {
  return (REASONING_EFFORTS as readonly string[]).includes(value);
}
