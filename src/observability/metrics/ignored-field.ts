import { OTHER } from './bounded-names.js';

/** Fields of the API, and of clients that are common, which may change nothing. */
const KNOWN: ReadonlySet<string> = new Set([
  'client_metadata',
  'frequency_penalty',
  'include',
  'input',
  'input:agent_message',
  'input:compaction',
  'input:compaction_trigger',
  'input:encrypted_content',
  'input:input_audio',
  'input:input_file',
  'input:input_image',
  'input:input_video',
  'input:item_reference',
  'logit_bias',
  'max_tool_calls',
  'max_tokens',
  'n',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream_options',
  'text',
  'text.verbosity',
  'tool_choice',
  'tools',
  'tools:code_interpreter',
  'tools:computer',
  'tools:computer_use_preview',
  'tools:file_search',
  'tools:image_generation',
  'tools:mcp',
  'tools:shell',
  'tools:web_search',
  'tools:web_search_preview',
  'truncation',
  'user',
]);

/**
 * The label for something that was ignored. Clients make up names: what is known is told apart, of the rest only the field it
 * stands in.
 *
 * @param name as in `x-gateway-ignored`: `service_tier`, `text.verbosity`, `include:some_list`
 */
export function ignoredField(name: string): string {
  if (KNOWN.has(name)) return name;
  const [field = ''] = name.split(/[.:]/, 1);
  return KNOWN.has(field) ? field : OTHER;
}
