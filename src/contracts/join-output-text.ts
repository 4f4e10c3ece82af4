import type { OutputItem } from './responses-api.js';

/** The `output_text` of a response: all text of its messages. */
export function joinOutputText(items: readonly OutputItem[]): string {
  let text = '';
  for (const item of items) {
    if (item.type !== 'message') continue;
    for (const part of item.content) if (part.type === 'output_text') text += part.text;
  }
  return text;
}
