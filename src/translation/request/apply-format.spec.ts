import { functionTool, translate } from '../../../test/support/translation.js';

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const body = {
  text: { format: { type: 'json_schema', name: 'n', schema: SCHEMA } },
  tools: [functionTool('f')],
  instructions: 'Be brief.',
};

describe('a response format next to tools', () => {
  it('should be an instruction where the server would write no call otherwise', () => {
    const { chat, response } = translate(body);
    expect(chat).not.toHaveProperty('response_format');
    expect(chat.messages[0]).toMatchObject({ role: 'system' });
    expect(chat.messages[0]?.content).toMatch(/^Be brief\.\n\n/);
    expect(chat.messages[0]?.content).toContain(JSON.stringify(SCHEMA));
    expect(response.text.format).toMatchObject({ type: 'json_schema', schema: SCHEMA });
  });

  it('should be a system message of its own where there is none', () => {
    const { messages } = translate({ ...body, instructions: null }).chat;
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });

  it('should be text of the user where the server knows no system role', () => {
    const { messages } = translate({ ...body, instructions: null }, { systemRole: 'none' }).chat;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'user']);
    expect(messages[1]?.content).toContain(JSON.stringify(SCHEMA));
  });

  it('should go along with them where the server can do both', () => {
    const { chat } = translate(body, { formatWithTools: 'always' });
    expect(chat).toMatchObject({ response_format: { type: 'json_schema' }, tools: [{}] });
  });

  it('should go along where no tool is offered', () => {
    expect(translate({ ...body, tool_choice: 'none' }).chat).toMatchObject({
      response_format: { type: 'json_schema' },
    });
  });

  it('should be an instruction without a schema for json_object', () => {
    const { chat } = translate({ ...body, text: { format: { type: 'json_object' } } });
    expect(chat).not.toHaveProperty('response_format');
    expect(chat.messages[0]?.content).toMatch(/one JSON object and nothing else\.$/);
  });
});
