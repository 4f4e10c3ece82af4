import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import { CallReader } from './lib/call-reader.js';
import { GrammarParser } from './lib/grammar-parser.js';
import { readHarmony } from './lib/read-harmony.js';
import { ToolParser, type ToolParserFamily, type ToolTextParser } from './tool-parser.decorator.js';

/** `<|channel|>commentary to=functions.name<|message|>{…}<|call|>` among other channels: gpt-oss. */
@ToolParser({ names: ['harmony', 'gpt-oss', 'openai'], models: /gpt-oss/i, needsSpecialTokens: true })
export class HarmonyParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return new GrammarParser(new CallReader(tools), readHarmony);
  }
}
