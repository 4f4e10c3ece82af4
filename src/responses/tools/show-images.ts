import type { ToolOutcome } from '../../tools/tool-session.js';
import type { CallResult } from '../../translation/answer-tools.js';
import { sizeOfBase64 } from '../../translation/request/media/read-data-url.js';

const IMAGE_TYPE = /^image\/[a-z0-9.+-]+$/i;

/**
 * Images for a model that can see them; any other is left with the text. What is no image is left out: it would have the next question
 * refused.
 *
 * @param maxBytes of an image; null: the model sees none
 */
export function showImages({ output, error, images = [] }: ToolOutcome, maxBytes: number | null): CallResult {
  const shown = images.flatMap(({ mimeType, data }) => {
    const size = maxBytes === null ? null : sizeOfBase64(data);
    const isGood =
      size !== null && maxBytes !== null && size > 0 && size <= maxBytes && IMAGE_TYPE.test(mimeType);
    return isGood ? [`data:${mimeType};base64,${data}`] : [];
  });
  return { output, error, ...(shown.length > 0 && !error && { images: shown }) };
}
