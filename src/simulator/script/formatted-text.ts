import type { Random } from '../engine/seeded-random.js';
import { isJson, type Json } from '../server/chat-request.js';
import { sampleRegex } from './sample-regex.js';
import { schemaInstance } from './schema-instance.js';

/** The text that a response format forces, or undefined when any text will do. */
export function formattedText(format: Json | undefined, random: Random, notice: string): string | undefined {
  switch (format?.type) {
    case 'json_schema': {
      const wrapper = isJson(format.json_schema) ? format.json_schema : {};
      return JSON.stringify(schemaInstance(wrapper.schema, random));
    }
    case 'json_object':
      return JSON.stringify({ message: notice });
    case 'regex_schema':
      return sampleRegex(String(format.regex_schema), random);
    default:
      return undefined;
  }
}
