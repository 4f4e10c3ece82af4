import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsString,
  Max,
  Min,
  registerDecorator,
} from 'class-validator';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { Describe } from '../../docs/describe.decorator.js';
import { Field } from './field.decorator.js';

const ANY_OBJECT = { type: 'object', additionalProperties: true } as const;
const OBJECTS = { type: 'array', items: ANY_OBJECT } as const;

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
 * The top level of `POST /v1/responses`: types and ranges, and the description in /docs. What has a shape
 * of its own inside (`input`, `tools`, …) is read by translation/request, which names the path of what is wrong.
 */
export class CreateResponseDto implements CreateResponseBody {
  @Describe(({ ApiProperty }) => [
    ApiProperty({ description: 'Model id, an alias, or `default` for the first listed model.' }),
  ])
  @IsString()
  @IsNotEmpty()
  model!: string;

  @Describe(({ ApiProperty }) => [
    ApiProperty({
      description: 'Text of the user, or the conversation as a list of items.',
      oneOf: [{ type: 'string' }, OBJECTS],
    }),
  ])
  input?: unknown;

  @Field(
    { type: String, description: 'System text; stands before all other system and developer messages.' },
    IsString(),
  )
  instructions?: string | null;

  @Field(
    { ...OBJECTS, description: 'Functions the model may call, in Responses or chat-completions form.' },
    IsArray(),
  )
  tools?: unknown[] | null;

  @Field({
    description: "'none', 'auto', 'required', a function by name, or allowed_tools.",
    oneOf: [{ type: 'string', enum: ['none', 'auto', 'required'] }, ANY_OBJECT],
  })
  tool_choice?: unknown;

  @Field(
    { type: Boolean, default: true, description: 'false: only the first call is returned.' },
    IsBoolean(),
  )
  parallel_tool_calls?: boolean | null;

  @Field({ ...ANY_OBJECT, description: '`format`: text, json_object or json_schema.' }, IsObject())
  text?: Record<string, unknown> | null;

  @Field({ ...ANY_OBJECT, description: 'text.format in the form of chat completions.' }, IsObject())
  response_format?: Record<string, unknown> | null;

  @Field({ ...ANY_OBJECT, description: '`effort`: none … max; `summary`.' }, IsObject())
  reasoning?: Record<string, unknown> | null;

  @Field(
    {
      type: [String],
      description: '`message.output_text.logprobs` and `reasoning.encrypted_content` are honoured.',
    },
    IsArray(),
  )
  include?: unknown[] | null;

  @Field({ type: Boolean, default: false, description: 'Answer with server-sent events.' }, IsBoolean())
  stream?: boolean | null;

  @Field({ ...ANY_OBJECT, description: 'Accepted.' }, IsObject())
  stream_options?: Record<string, unknown> | null;

  @Field({ type: Boolean, description: 'Accepted; responses are not stored.' }, IsBoolean())
  store?: boolean | null;

  @Field({ ...ANY_OBJECT, description: 'Up to 16 pairs, echoed.' }, IsObject())
  metadata?: Record<string, unknown> | null;

  @Field({ type: String, description: 'End user, handed to the model server.' }, IsString())
  user?: string | null;

  @Field(
    { type: 'integer', minimum: 1, description: 'Most tokens to generate, reasoning included.' },
    IsInt(),
    Min(1),
  )
  max_output_tokens?: number | null;

  @Field(
    { type: 'integer', minimum: 1, description: "Chat completions' name of max_output_tokens." },
    IsInt(),
    Min(1),
  )
  max_completion_tokens?: number | null;

  @Field({ type: 'integer', minimum: 1, description: 'An older name of max_output_tokens.' }, IsInt(), Min(1))
  max_tokens?: number | null;

  @Field(
    { type: 'integer', minimum: 1, description: 'Echoed; there are no built-in tools.' },
    IsInt(),
    Min(1),
  )
  max_tool_calls?: number | null;

  @Field({ type: Number, minimum: 0, maximum: 2 }, IsNumber(), Min(0), Max(2))
  temperature?: number | null;

  @Field({ type: Number, minimum: 0, maximum: 1 }, IsNumber(), Min(0), Max(1))
  top_p?: number | null;

  @Field({ type: 'integer', minimum: 0, maximum: 20 }, IsInt(), Min(0), Max(20))
  top_logprobs?: number | null;

  @Field({ type: Number, minimum: -2, maximum: 2 }, IsNumber(), Min(-2), Max(2))
  presence_penalty?: number | null;

  @Field({ type: Number, minimum: -2, maximum: 2 }, IsNumber(), Min(-2), Max(2))
  frequency_penalty?: number | null;

  @Field({ enum: ['auto', 'disabled'], description: 'Accepted; nothing is cut.' }, IsIn(['auto', 'disabled']))
  truncation?: string | null;

  @Field({ type: String, description: 'Accepted; the answer says `default`.' }, IsString())
  service_tier?: string | null;

  @Field({ type: String, description: 'Echoed.' }, IsString())
  safety_identifier?: string | null;

  @Field({ type: String, description: 'Echoed.' }, IsString())
  prompt_cache_key?: string | null;

  @Field(
    { ...ANY_OBJECT, description: '`prewarm: true` checks the request and generates nothing.' },
    IsObject(),
  )
  prompt_cache_options?: Record<string, unknown> | null;

  @Field({ type: Boolean, description: 'true is refused.' }, IsBoolean())
  background?: boolean | null;

  @Field({ type: String, description: 'Refused: responses are not stored.' }, IsString())
  previous_response_id?: string | null;

  @Field({ ...ANY_OBJECT, description: 'Refused: responses are not stored.' })
  conversation?: unknown;

  @Field({ ...ANY_OBJECT, description: 'Refused: prompts are not stored.' })
  prompt?: unknown;

  @Field({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }, IsStop())
  stop?: string | string[] | null;

  @Field({ type: 'array', items: { type: 'integer' }, description: 'Model servers.' }, IsTokenIds())
  stop_token_ids?: number[] | null;

  @Field({ type: 'integer', minimum: 0 }, IsInt(), Min(0))
  seed?: number | null;

  @Field({ type: 'integer', minimum: 0, description: 'LMDeploy.' }, IsInt(), Min(0))
  top_k?: number | null;

  @Field({ type: Number, minimum: 0, maximum: 1, description: 'LMDeploy.' }, IsNumber(), Min(0), Max(1))
  min_p?: number | null;

  @Field({ type: Number, description: 'LMDeploy.' }, IsNumber())
  repetition_penalty?: number | null;

  @Field({ type: 'integer', minimum: 0, description: 'LMDeploy.' }, IsInt(), Min(0))
  min_new_tokens?: number | null;

  @Field({ type: Boolean, description: 'LMDeploy.' }, IsBoolean())
  ignore_eos?: boolean | null;

  @Field({ type: Boolean, description: 'LMDeploy.' }, IsBoolean())
  skip_special_tokens?: boolean | null;

  @Field({ type: Boolean, description: 'LMDeploy.' }, IsBoolean())
  spaces_between_special_tokens?: boolean | null;

  @Field({ type: Boolean, description: 'LMDeploy.' }, IsBoolean())
  include_stop_str_in_output?: boolean | null;

  @Field({ ...ANY_OBJECT, description: 'LMDeploy (pytorch engine).' }, IsObject())
  logit_bias?: Record<string, unknown> | null;

  @Field({ ...ANY_OBJECT, description: 'Switches of the chat template, e.g. enable_thinking.' }, IsObject())
  chat_template_kwargs?: Record<string, unknown> | null;

  @Field({ ...ANY_OBJECT, description: 'LMDeploy.' }, IsObject())
  media_io_kwargs?: Record<string, unknown> | null;

  @Field({ ...ANY_OBJECT, description: 'LMDeploy.' }, IsObject())
  mm_processor_kwargs?: Record<string, unknown> | null;
}
