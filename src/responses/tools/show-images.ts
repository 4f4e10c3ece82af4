import type { ToolOutcome } from '../../tools/tool-session.js';
import type { CallResult } from '../../translation/answer-tools.js';

/** Images for a model that can see them; any other is left with the text. */
export function showImages({ output, error, images = [] }: ToolOutcome, canSee: boolean): CallResult {
  const shown = canSee ? images.map(({ mimeType, data }) => `data:${mimeType};base64,${data}`) : [];
  return { output, error, ...(shown.length > 0 && !error && { images: shown }) };
}
