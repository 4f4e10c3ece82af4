import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { parseThinking } from '../reasoning-parsers/lib/parse-thinking.js';
import { ReasoningParserRegistry } from '../reasoning-parsers/reasoning-parser.registry.js';
import { ToolParserRegistry } from '../tool-parsers/tool-parser.registry.js';
import { OutputChecker } from './output-check/output-checker.service.js';
import type { Lack } from './segments/ask-again.js';
import type { OutputCheck } from './segments/check-output.js';
import { ParseRawText } from './segments/parse-raw-text.js';
import { ReadReasoning } from './segments/read-reasoning.js';
import type { AnswerHandlers } from './translation-options.js';
import type { Turn } from './turn.js';
import type { TurnPlan } from './turn-plan.js';

/** Reasoning that a server has left at the start of the text, tags and all. */
const LEFT_OVER = { open: '<think>', close: '</think>', startsInside: false, unclosed: 'reasoning' } as const;
const FORMAT_RETRIES = 1;

/** Makes the parts of a turn that its plan asks for: parsers, and the check of its text. */
@Injectable()
export class TurnParts {
  constructor(
    private readonly toolParsers: ToolParserRegistry,
    private readonly reasoningParsers: ReasoningParserRegistry,
    private readonly outputs: OutputChecker,
    private readonly environment: Environment,
  ) {}

  /** How often another answer may be asked for, in one answer. */
  countRetries(): Record<Lack, number> {
    return { call: this.environment.TOOL_CHOICE_RETRIES, format: FORMAT_RETRIES };
  }

  /** Reads calls out of raw text; null: the model server does. */
  openParser({ toolParser, tools }: TurnPlan, warn: AnswerHandlers['warn']): ParseRawText | null {
    return toolParser === null ? null : new ParseRawText(this.toolParsers.create(toolParser, tools), warn);
  }

  openReasoningReader({ reasoningParser, thinking, unclosedReasoning }: TurnPlan): ReadReasoning {
    return new ReadReasoning(
      reasoningParser === null
        ? parseThinking(LEFT_OVER)
        : this.reasoningParsers.create(reasoningParser, { thinking, unclosed: unclosedReasoning }),
    );
  }

  /** The check runs elsewhere: until it is done, the answer waits. null: there is nothing to check. */
  openCheck(plan: TurnPlan, turn: Turn, { warn, resume, signal }: AnswerHandlers): OutputCheck | null {
    const check = this.outputs.open(plan, warn);
    if (!check) return null;
    return {
      judge: (verdict) => check.judge(verdict),
      run: (text, { cut = false }, done) => {
        turn.wait(cut);
        void check.run(text, signal()).then((verdict) => {
          resume(() => {
            turn.resume();
            done(verdict);
          });
        });
      },
    };
  }
}
