/** Tags that tokenizers mark as special: they vanish from the text unless skip_special_tokens is false. */
const SKIPPED =
  /<\|(?:action_start|plugin|action_end|python_tag|start|end|channel|message|constrain|call|return)\|>|\[TOOL_CALLS\]|\[ARGS\]/g;

/** The text as the server detokenizes it by default. */
export function stripSpecialTokens(text: string): string {
  return text.replace(SKIPPED, '');
}
