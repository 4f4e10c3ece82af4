import { REASONING_EFFORTS } from '../contracts/model-profile.js';
import type { ModelTarget } from './model-catalogue.js';

/** Window Codex assumes for models it does not know. */
const ASSUMED_CONTEXT_WINDOW = 272_000;
const TOOL_OUTPUT_TOKENS = 10_000;
const LEVELS = new Set(['low', 'medium', 'high', 'xhigh']);

/**
 * A model as Codex's catalogue (`GET /v1/models?client_version=…`) describes it. Codex rejects the whole list when one entry lacks
 * a field, so all it knows of 0.169 are there.
 *
 * @param listedWindow tokens of its context as the upstream lists it
 */
export function describeForCodex(
  { model, profile }: ModelTarget,
  displayName: string,
  priority: number,
  listedWindow: number | null,
): Record<string, unknown> {
  const efforts = REASONING_EFFORTS.filter((effort) => LEVELS.has(effort) && profile.effort[effort] !== null);
  return {
    slug: model,
    display_name: displayName,
    description: null,
    default_reasoning_level: efforts.includes('medium') ? 'medium' : null,
    supported_reasoning_levels: efforts.map((effort) => ({ effort, description: `${effort} effort` })),
    shell_type: 'shell_command',
    visibility: 'list',
    supported_in_api: true,
    priority,
    base_instructions: BASE_INSTRUCTIONS,
    supports_reasoning_summaries: true,
    support_verbosity: false,
    default_verbosity: null,
    apply_patch_tool_type: 'freeform',
    truncation_policy: { mode: 'tokens', limit: TOOL_OUTPUT_TOKENS },
    supports_parallel_tool_calls: true,
    context_window: profile.contextWindow ?? listedWindow ?? ASSUMED_CONTEXT_WINDOW,
    experimental_supported_tools: [],
    input_modalities: profile.vision ? ['text', 'image'] : ['text'],
  };
}

const BASE_INSTRUCTIONS = `You are a coding agent that works in the user's terminal and repository through the tools you are given.
Read the code before you change it, make the smallest change that does what was asked, and run the project's own checks after it.
Edit files with the patch tool. Never undo changes you did not make. Ask only when you cannot find something out yourself.
When you are done, say briefly what you changed and what you did not check.`;
