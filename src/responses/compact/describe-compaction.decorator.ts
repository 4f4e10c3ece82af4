import { applyDecorators } from '@nestjs/common';
import { Describe } from '../../docs/describe.decorator.js';
import { DescribeErrors } from '../dto/describe-errors.decorator.js';
import { CompactDto } from './compact.dto.js';

const RESOURCE = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    object: { type: 'string', enum: ['response.compaction'] },
    created_at: { type: 'integer' },
    output: {
      type: 'array',
      items: { type: 'object', additionalProperties: true },
      description: "The user's messages, then one `compaction` item with `encrypted_content`.",
    },
    usage: { type: 'object', additionalProperties: true },
  },
};

/** Describes the endpoint for /docs. */
export function DescribeCompaction(): MethodDecorator {
  return applyDecorators(
    Describe(({ ApiBody, ApiOperation, ApiResponse }) => [
      ApiOperation({ summary: 'Compact a conversation into its user messages and a sealed summary' }),
      ApiBody({ type: CompactDto }),
      ApiResponse({
        status: 200,
        description: 'What to send as the next input.',
        content: { 'application/json': { schema: RESOURCE } },
      }),
    ]),
    DescribeErrors(),
  );
}
