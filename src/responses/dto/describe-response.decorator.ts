import { applyDecorators } from '@nestjs/common';
import { Describe } from '../../docs/describe.decorator.js';
import { CreateResponseDto } from './create-response.dto.js';
import { DescribeErrors } from './describe-errors.decorator.js';

const STRING = { type: 'string' } as const;
const INTEGER = { type: 'integer' } as const;
const OBJECT = { type: 'object', additionalProperties: true } as const;
const nullable = <T extends object>(schema: T): T & { nullable: true } => ({ ...schema, nullable: true });

const USAGE = {
  type: 'object',
  properties: {
    input_tokens: INTEGER,
    input_tokens_details: {
      type: 'object',
      properties: { cached_tokens: INTEGER, cache_write_tokens: INTEGER },
    },
    output_tokens: INTEGER,
    output_tokens_details: { type: 'object', properties: { reasoning_tokens: INTEGER } },
    total_tokens: INTEGER,
  },
};

const RESPONSE = {
  type: 'object',
  properties: {
    id: STRING,
    object: { type: 'string', enum: ['response'] },
    created_at: INTEGER,
    completed_at: nullable(INTEGER),
    status: { type: 'string', enum: ['in_progress', 'completed', 'incomplete', 'failed'] },
    incomplete_details: nullable(OBJECT),
    error: nullable(OBJECT),
    model: STRING,
    output: { type: 'array', items: OBJECT, description: 'message, reasoning and function_call items' },
    output_text: { ...STRING, description: 'The joined text of the answer.' },
    tools: { type: 'array', items: OBJECT },
    tool_choice: { oneOf: [STRING, OBJECT] },
    parallel_tool_calls: { type: 'boolean' },
    text: OBJECT,
    reasoning: nullable(OBJECT),
    temperature: { type: 'number' },
    top_p: { type: 'number' },
    max_output_tokens: nullable(INTEGER),
    metadata: OBJECT,
    usage: nullable(USAGE),
  },
};

const EVENTS = {
  type: 'string',
  description:
    'Frames `event: <type>` + `data: <json>`: response.created, response.in_progress, output items with their parts and ' +
    'deltas, one terminal event (response.completed, response.incomplete or response.failed), then `data: [DONE]`.',
};

/** Describes the endpoint for /docs: the request's fields, the answer as JSON and as a stream, the error envelope. */
export function DescribeResponse(): MethodDecorator {
  return applyDecorators(
    Describe(({ ApiBody, ApiOperation, ApiResponse }) => [
      ApiOperation({ summary: 'Create a response, streamed or whole' }),
      ApiBody({ type: CreateResponseDto }),
      ApiResponse({
        status: 200,
        description: 'The response object, or its events when `stream` is true.',
        content: { 'application/json': { schema: RESPONSE }, 'text/event-stream': { schema: EVENTS } },
      }),
    ]),
    DescribeErrors(),
  );
}
