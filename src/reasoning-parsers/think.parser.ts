import { parseThinking } from './lib/parse-thinking.js';
import {
  ReasoningParser,
  type ReasoningParserFamily,
  type ReasoningTextParser,
  type ReasoningTurn,
} from './reasoning-parser.decorator.js';

const TAGS = { open: '<think>', close: '</think>' };

/** `<think>…</think>`, opened by the prompt unless thinking is switched off: as LMDeploy's `default`. */
@ReasoningParser({
  names: ['default', 'deepseek-r1', 'deepseek_r1', 'qwen-qwq', 'intern-s1'],
  models: /deepseek-?r1|qwq|intern-?s1|qwen-?3[\w.-]*thinking/i,
})
export class DefaultReasoningParser implements ReasoningParserFamily {
  create({ thinking, unclosed }: ReasoningTurn): ReasoningTextParser {
    return parseThinking({ ...TAGS, startsInside: thinking !== false, unclosed });
  }
}

/** `<think>…</think>`, written by the model, or opened by the prompt where thinking is switched on: Qwen 3, GLM, DeepSeek V3 and later. */
@ReasoningParser({
  names: [
    'qwen3',
    'glm45',
    'deepseek-v3',
    'deepseek_v3',
    'deepseek-v31',
    'deepseek-v3.1',
    'deepseek-v32',
    'deepseek-v3.2',
    'deepseek-v4',
    'minimax-m2',
  ],
  models: /qwen-?3|glm-?(?:4\.[5-9]|[5-9])|deepseek-?v(?:3|[4-9])|minimax-?m[2-9]/i,
})
export class HybridReasoningParser implements ReasoningParserFamily {
  create({ thinking, unclosed }: ReasoningTurn): ReasoningTextParser {
    return parseThinking({ ...TAGS, startsInside: thinking === true, unclosed });
  }
}
