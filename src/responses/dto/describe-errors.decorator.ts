import { Describe } from '../../docs/describe.decorator.js';

const STRING = { type: 'string' } as const;
const STRING_OR_NULL = { type: 'string', nullable: true } as const;

const ERROR = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { message: STRING, type: STRING, param: STRING_OR_NULL, code: STRING_OR_NULL },
    },
  },
};

/** Describes, for /docs, what every answer that is not a success looks like. */
export function DescribeErrors(): MethodDecorator & ClassDecorator {
  return Describe(({ ApiResponse }) => [
    ApiResponse({
      status: 'default',
      description: "An error in OpenAI's envelope.",
      content: { 'application/json': { schema: ERROR } },
    }),
  ]);
}
