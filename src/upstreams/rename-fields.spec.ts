import { renameFields, renameParam } from './rename-fields.js';

describe('renaming the fields of a message', () => {
  it.each([
    ['max_tokens must be at least 1, got 0.', 'max_output_tokens must be at least 1, got 0.'],
    ["'max_completion_tokens' is too large", "'max_output_tokens' is too large"],
    ['body.max_tokens: Input should be valid', 'body.max_tokens: Input should be valid'],
    ['messages[0].content is empty', 'input is empty'],
    ["messages.3.tool_calls[0]['function'].arguments is no JSON", 'input is no JSON'],
    ["Missing 'messages'", "Missing 'input'"],
    ['(4000 in the messages, 1000 in the completion)', '(4000 in the messages, 1000 in the completion)'],
    ['reasoning_effort must be low', 'reasoning.effort must be low'],
    ['response_format.json_schema.schema is bad', 'text.format.schema is bad'],
    ['response_format.type is bad', 'text.format.type is bad'],
    ['tools[2].function.name is bad', 'tools[2].name is bad'],
    ['tools.0.function.parameters is bad', 'tools[0].parameters is bad'],
    ['tool_choice.function.name is unknown', 'tool_choice.name is unknown'],
    [
      'max_tokens_per_image, min_max_tokens, --max-tokens',
      'max_tokens_per_image, min_max_tokens, --max-tokens',
    ],
    ['top_p and temperature', 'top_p and temperature'],
  ])('should make of %j %j', (message, renamed) => {
    expect(renameFields(message)).toBe(renamed);
  });

  it.each([
    ['messages', 'input'],
    ['messages.0.role', 'input'],
    ['messages[1].content', 'input'],
    ['max_tokens', 'max_output_tokens'],
    ['tools.0.function.parameters', 'tools[0].parameters'],
    ['response_format', 'text.format'],
    ['top_k', 'top_k'],
  ])('should call the field %s %s', (param, renamed) => {
    expect(renameParam(param)).toBe(renamed);
  });
});
