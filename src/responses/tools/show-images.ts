import type { ToolOutcome } from '../../tools/tool-session.js';
import type { CallResult } from '../../translation/answer-tools.js';

const OMITTED = '[image omitted]';

/** Images for a model that can see them; for others a note that there were some. */
export function showImages({ output, error, images = [] }: ToolOutcome, canSee: boolean): CallResult {
  if (images.length === 0 || error) return { output, error };
  if (canSee)
    return { output, error, images: images.map(({ mimeType, data }) => `data:${mimeType};base64,${data}`) };
  return { output: [output, ...images.map(() => OMITTED)].filter(Boolean).join('\n'), error };
}
