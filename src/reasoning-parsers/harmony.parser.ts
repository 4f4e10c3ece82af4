import { CallReader } from '../tool-parsers/lib/call-reader.js';
import { GrammarParser } from '../tool-parsers/lib/grammar-parser.js';
import { readHarmony } from '../tool-parsers/lib/read-harmony.js';
import { ToolTable } from '../translation/vocabulary/tool-table.js';
import {
  ReasoningParser,
  type ReasoningParserFamily,
  type ReasoningTextParser,
} from './reasoning-parser.decorator.js';

class HarmonyReasoning extends GrammarParser<CallReader> implements ReasoningTextParser {
  readonly isOver = false;
}

/** The channels of gpt-oss. Calls are left in the text as they are, for the tool parser behind. */
@ReasoningParser({ names: ['harmony', 'gpt-oss', 'openai'], models: /gpt-oss/i, needsSpecialTokens: true })
export class HarmonyReasoningParser implements ReasoningParserFamily {
  create(): ReasoningTextParser {
    return new HarmonyReasoning(new CallReader(new ToolTable()), readHarmony);
  }
}
