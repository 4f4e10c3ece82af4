import { IsIn } from 'class-validator';
import { Milliseconds, WholeNumber } from './variable.decorators.js';

const REASONING_OUTPUTS = ['summary', 'text', 'open-responses', 'off'] as const;
const STRICT_OUTPUT_MODES = ['off', 'warn', 'fail'] as const;

/** Demanded tool calls, structured output and reasoning, as clients see them. */
export class TranslationEnvironment {
  /** How often a turn is asked again when a required tool call did not come. */
  @WholeNumber(0, 3)
  TOOL_CHOICE_RETRIES: number = 1;

  /** What happens when text breaks a strict JSON schema: `off`, `warn` (header and log) or `fail` (502, response.failed). */
  @IsIn(STRICT_OUTPUT_MODES)
  STRICT_OUTPUT: (typeof STRICT_OUTPUT_MODES)[number] = 'warn';

  /** Longest check of one text against its schema, ms; what takes longer is not checked. */
  @Milliseconds(1)
  STRICT_OUTPUT_TIMEOUT_MS: number = 2_000;

  /** How reasoning is shown: `summary` (every client), `text`, `open-responses` or `off`. */
  @IsIn(REASONING_OUTPUTS)
  REASONING_OUTPUT: (typeof REASONING_OUTPUTS)[number] = 'summary';
}
