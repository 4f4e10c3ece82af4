import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  registerDecorator,
} from 'class-validator';
import type { PromptReference } from '../../contracts/responses-api.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';

const Is =
  (validate: (value: unknown) => boolean, expected: string): PropertyDecorator =>
  (target, propertyKey) => {
    registerDecorator({
      name: 'is',
      target: target.constructor,
      propertyName: String(propertyKey),
      validator: { validate, defaultMessage: () => `$property must be ${expected}` },
    });
  };

const IsStop = (): PropertyDecorator =>
  Is(
    (value) =>
      typeof value === 'string' ||
      (Array.isArray(value) && value.every((entry) => typeof entry === 'string')),
    'a string or an array of strings',
  );

const IsTokenIds = (): PropertyDecorator =>
  Is(
    (value) => Array.isArray(value) && value.every((entry) => Number.isInteger(entry) && Number(entry) >= 0),
    'an array of token ids',
  );

/**
 * The top level of `POST /v1/responses`: types and ranges. What has a shape of its own inside (`input`, `tools`, …)
 * is read by translation/request, which names the path of what is wrong. What each field means, openapi/openapi.yaml says.
 */
export class CreateResponseDto implements CreateResponseBody {
  @IsString()
  @IsNotEmpty()
  model!: string;

  @IsOptional()
  input?: unknown;

  @IsOptional()
  @IsString()
  instructions?: string | null;

  @IsOptional()
  @IsArray()
  tools?: unknown[] | null;

  @IsOptional()
  tool_choice?: unknown;

  @IsOptional()
  @IsBoolean()
  parallel_tool_calls?: boolean | null;

  @IsOptional()
  @IsObject()
  text?: Record<string, unknown> | null;

  @IsOptional()
  @IsObject()
  response_format?: Record<string, unknown> | null;

  @IsOptional()
  @IsObject()
  reasoning?: Record<string, unknown> | null;

  @IsOptional()
  @IsArray()
  include?: unknown[] | null;

  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @IsOptional()
  @IsObject()
  stream_options?: Record<string, unknown> | null;

  @IsOptional()
  @IsBoolean()
  store?: boolean | null;

  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown> | null;

  @IsOptional()
  @IsString()
  user?: string | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_output_tokens?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_completion_tokens?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_tokens?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_tool_calls?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(20)
  top_logprobs?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  presence_penalty?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  frequency_penalty?: number | null;

  @IsOptional()
  @IsIn(['auto', 'disabled'])
  truncation?: string | null;

  @IsOptional()
  @IsArray()
  context_management?: unknown[] | null;

  @IsOptional()
  @IsString()
  service_tier?: string | null;

  @IsOptional()
  @IsString()
  safety_identifier?: string | null;

  @IsOptional()
  @IsString()
  prompt_cache_key?: string | null;

  @IsOptional()
  @IsObject()
  prompt_cache_options?: Record<string, unknown> | null;

  @IsOptional()
  @IsBoolean()
  background?: boolean | null;

  @IsOptional()
  @IsString()
  previous_response_id?: string | null;

  @IsOptional()
  conversation?: unknown;

  @IsOptional()
  prompt?: PromptReference | null;

  @IsOptional()
  @IsStop()
  stop?: string | string[] | null;

  @IsOptional()
  @IsTokenIds()
  stop_token_ids?: number[] | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  seed?: number | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  top_k?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  min_p?: number | null;

  @IsOptional()
  @IsNumber()
  repetition_penalty?: number | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  min_new_tokens?: number | null;

  @IsOptional()
  @IsBoolean()
  ignore_eos?: boolean | null;

  @IsOptional()
  @IsBoolean()
  skip_special_tokens?: boolean | null;

  @IsOptional()
  @IsBoolean()
  spaces_between_special_tokens?: boolean | null;

  @IsOptional()
  @IsBoolean()
  include_stop_str_in_output?: boolean | null;

  @IsOptional()
  @IsObject()
  logit_bias?: Record<string, unknown> | null;

  @IsOptional()
  @IsObject()
  chat_template_kwargs?: Record<string, unknown> | null;

  @IsOptional()
  @IsObject()
  media_io_kwargs?: Record<string, unknown> | null;

  @IsOptional()
  @IsObject()
  mm_processor_kwargs?: Record<string, unknown> | null;
}
