import { applyDecorators } from '@nestjs/common';
import { Describe } from '../../docs/describe.decorator.js';
import { DescribeErrors } from '../dto/describe-errors.decorator.js';
import { InputTokensDto } from './input-tokens.dto.js';

const RESOURCE = {
  type: 'object',
  properties: {
    object: { type: 'string', enum: ['response.input_tokens'] },
    input_tokens: { type: 'integer' },
  },
};

const WHO_COUNTED = {
  description: "`upstream`: the model server's tokenizer counted; `estimate`: a rule did.",
  schema: { type: 'string' as const, enum: ['upstream', 'estimate'] },
};

/** Describes the endpoint for /docs. */
export function DescribeInputTokens(): MethodDecorator {
  return applyDecorators(
    Describe(({ ApiBody, ApiOperation, ApiResponse }) => [
      ApiOperation({ summary: 'Count the input tokens a request would have' }),
      ApiBody({ type: InputTokensDto }),
      ApiResponse({
        status: 200,
        description: 'The number of tokens.',
        headers: { 'x-gateway-token-count': WHO_COUNTED },
        content: { 'application/json': { schema: RESOURCE } },
      }),
    ]),
    DescribeErrors(),
  );
}
