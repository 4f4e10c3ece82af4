import type { Envelopes } from '../../sealing/envelopes.js';
import type { MediaPolicy } from './media/media-policy.js';
import { MessageBuilder, type MessageProfile } from './message-builder.js';
import { parseInput } from './parse-input.js';
import { parseTools } from './tools/parse-tools.js';

/** Takes all that a model may be able to see. */
const ANY_MODEL: MessageProfile = {
  systemRole: 'anywhere',
  reasoningField: 'reasoning_content',
  vision: true,
  audioPart: 'audio_url',
  videoPart: 'video_url',
};

/**
 * Refuses items that no model could be shown: once they were stored, every request that continues them would be refused.
 *
 * @param path of the items in the request
 * @throws GatewayError (400) whose param is the path of the first thing that is wrong
 */
export function checkItems(
  items: readonly unknown[],
  path: string,
  { envelopes, media }: { envelopes: Envelopes; media: MediaPolicy },
): void {
  const ignored = new Set<string>();
  const { table: tools } = parseTools(undefined, items, ignored, ANY_MODEL.vision);
  const messages = new MessageBuilder(ANY_MODEL, ignored);
  parseInput(items, { messages, tools, ignored, envelopes, media }, path);
}
