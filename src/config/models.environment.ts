import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { TOOL_CALL_MODES } from '../contracts/model-profile.js';
import { Milliseconds } from './variable.decorators.js';

const REASONING_OUTPUTS = ['summary', 'text', 'open-responses', 'off'] as const;
const STRICT_OUTPUT_MODES = ['off', 'warn', 'fail'] as const;

/** Models, tools, reasoning and structured output. */
export class ModelsEnvironment {
  /** How long the model list is remembered, ms. */
  @Milliseconds(0)
  MODELS_CACHE_TTL_MS: number = 10_000;

  /** Further model names, as `alias=model` pairs separated by commas. */
  @IsOptional()
  @Matches(/^\s*[^=,\s]+\s*=\s*[^=,\s]+\s*(,\s*[^=,\s]+\s*=\s*[^=,\s]+\s*)*$/, {
    message: 'must be alias=model pairs separated by commas',
  })
  MODEL_ALIASES?: string;

  /** YAML file that describes models: names, aliases, what each can do. Changes are taken over while running. */
  @IsOptional()
  @IsString()
  MODELS_FILE?: string;

  /** How often a turn is asked again when a required tool call did not come. */
  @IsInt()
  @Min(0)
  @Max(3)
  TOOL_CHOICE_RETRIES: number = 1;

  /** What happens when text breaks a strict JSON schema: `off`, `warn` (header and log) or `fail` (502, response.failed). */
  @IsIn(STRICT_OUTPUT_MODES)
  STRICT_OUTPUT: (typeof STRICT_OUTPUT_MODES)[number] = 'warn';

  /** Longest check of one text against its schema, ms; what takes longer is not checked. */
  @Milliseconds(1)
  STRICT_OUTPUT_TIMEOUT_MS: number = 2_000;

  /** Tool parser that reads calls from the model's raw text; `auto`: by the model's name. Empty: the model server parses them. */
  @IsOptional()
  @IsString()
  TOOL_CALL_PARSER?: string;

  /**
   * `upstream`: the model server parses calls; `raw`: the gateway does, with TOOL_CALL_PARSER; `prompt`: the gateway also tells the
   * model of its tools; `auto`: as `upstream`, until the server says that it has no parser.
   */
  @IsOptional()
  @IsIn(TOOL_CALL_MODES)
  TOOL_CALLS?: (typeof TOOL_CALL_MODES)[number];

  /** Reasoning parser that reads reasoning from the model's raw text; `auto`: by the model's name. Empty: the model server does. */
  @IsOptional()
  @IsString()
  REASONING_PARSER?: string;

  /** How reasoning is shown: `summary` (every client), `text`, `open-responses` or `off`. */
  @IsIn(REASONING_OUTPUTS)
  REASONING_OUTPUT: (typeof REASONING_OUTPUTS)[number] = 'summary';
}
