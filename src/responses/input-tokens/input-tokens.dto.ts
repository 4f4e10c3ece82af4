import { IsOptional, IsString } from 'class-validator';
import { CreateResponseDto } from '../dto/create-response.dto.js';
import { pickFields } from '../dto/pick-fields.js';

/** Body of `POST /v1/responses/input_tokens`: the fields of a request that decide what the model reads. */
export class InputTokensDto extends pickFields(CreateResponseDto, [
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
  'prompt',
  'chat_template_kwargs',
]) {
  /** Without it the first listed model. */
  @IsOptional()
  @IsString()
  model?: string | null;
}
