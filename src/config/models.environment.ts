import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { TOOL_CALL_MODES } from '../contracts/model-profile.js';
import { Milliseconds } from './variable.decorators.js';

/** Which models there are, and who reads what they write. */
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
}
