import { parseThinking } from './lib/parse-thinking.js';
import {
  ReasoningParser,
  type ReasoningParserFamily,
  type ReasoningTextParser,
  type ReasoningTurn,
} from './reasoning-parser.decorator.js';

/** `[THINK]…[/THINK]`: Magistral and later Mistral models. */
@ReasoningParser({ names: ['mistral'], models: /magistral/i, needsSpecialTokens: true })
export class MistralReasoningParser implements ReasoningParserFamily {
  create({ unclosed }: ReasoningTurn): ReasoningTextParser {
    return parseThinking({ open: '[THINK]', close: '[/THINK]', startsInside: false, unclosed });
  }
}
