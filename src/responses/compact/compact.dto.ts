import { CreateResponseDto } from '../dto/create-response.dto.js';
import { pickFields } from '../dto/pick-fields.js';

/** Body of `POST /v1/responses/compact`: fields that mean the same as when a response is created. */
export class CompactDto extends pickFields(CreateResponseDto, [
  'model',
  'input',
  'instructions',
  'reasoning',
  'prompt_cache_key',
  'previous_response_id',
  'prompt',
]) {}
