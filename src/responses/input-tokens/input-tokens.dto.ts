import { IsString } from 'class-validator';
import { PickDescribed } from '../../docs/describe.decorator.js';
import { CreateResponseDto } from '../dto/create-response.dto.js';
import { Field } from '../dto/field.decorator.js';

/** Body of `POST /v1/responses/input_tokens`: the fields of a request that decide what the model reads. */
export class InputTokensDto extends PickDescribed(CreateResponseDto, [
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'truncation',
  'previous_response_id',
  'conversation',
  'chat_template_kwargs',
] as const) {
  @Field({ type: String, description: 'Model id or alias; without it the first listed model.' }, IsString())
  model?: string | null;
}
