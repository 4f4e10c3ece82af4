import type { ChatRequest } from '../contracts/chat-completions.js';
import { GatewayError } from '../errors/gateway-error.js';

/** Such a word makes it a matter of one image, or of one place for images, not of the model. */
const OF_ONE = String.raw`(?![ _-]?(?:(?:inputs?|contents?) )?(?:formats?|types?|sizes?|urls?|uris?|data|mime|files?|encodings?|dimensions?|resolutions?|details?|larger|bigger|smaller|over|above|of|in|with|from|by|via|as)\b)`;
const NOT_HERE = String.raw`(?:not (?:supported|enabled|available|allowed|accepted)|unsupported|disabled)(?! (?:in|on|with|within|for|from)\b(?!.{0,40}\bmodel))`;
const IMAGES = String.raw`(?:images?|image_urls?|vision|multi-?modal(?:ity)?)`;

/** How model servers say that a model does not take images: llama.cpp, vLLM, SGLang, Ollama and those behind routers. */
const IMAGES_REFUSED = new RegExp(
  [
    String.raw`\b(?:image|vision|multi-?modal) (?:inputs?|contents?|parts?) (?:is|are) ${NOT_HERE}`,
    String.raw`\b(?:images|vision|multi-?modality) (?:is|are) ${NOT_HERE}`,
    String.raw`\b(?:does|do|can)(?: not|n't|not) (?:support|accept|take)(?: any)? ${IMAGES}\b${OF_ONE}`,
    String.raw`\bmodel (?:does|can)(?: not|n't|not) (?:process|handle|understand|see|read)(?: any)? ${IMAGES}\b${OF_ONE}`,
    String.raw`\bnot (?:a )?(?:multi-?modal|vision(?:-language)?)\b`,
    String.raw`\b(?:text-only (?:language )?model|model is text-only)\b`,
    String.raw`\bat most 0 image`,
    String.raw`\bimage is not supported by (?:this|the) model\b`,
    String.raw`\bunknown variant .?image_url`,
    String.raw`\b(?:unsupported|unknown|invalid) (?:content |part )*type:? .?image_url\b`,
    String.raw`\bimage_url.? is ${NOT_HERE}`,
    String.raw`\bimage_url is only supported by`,
    String.raw`\bno endpoints? found that supports? image`,
    String.raw`\bmissing data required for image`,
    String.raw`\bmodel only (?:supports|accepts) text`,
  ].join('|'),
  'i',
);
const OTHERS_REFUSED = /\b(?:audio|video) inputs? (?:is|are) not supported|\bat most 0 (?:audio|video)/i;

/** Whether a server's message says that the model does not take what was in the input besides text. */
export function saysMediaRefused(message: string): boolean {
  return IMAGES_REFUSED.test(message) || OTHERS_REFUSED.test(message);
}

/**
 * Whether an error shows that the model of a request does not take images. Words that the request itself brought along, and that the
 * server repeats, show nothing.
 */
export function refusesImages(error: unknown, request: ChatRequest): boolean {
  if (!(error instanceof GatewayError) || error.errorName !== 'unsupported_value') return false;
  const words = IMAGES_REFUSED.exec(error.message)?.[0];
  return words !== undefined && hasImages(request) && !JSON.stringify(request).includes(words);
}

function hasImages({ messages }: ChatRequest): boolean {
  return messages.some(
    ({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'image_url'),
  );
}
