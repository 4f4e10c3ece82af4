import { buildRequest, SettingError } from './page/build-request.js';
import { userMessage } from './page/history.js';

const SETTINGS = {
  model: 'm',
  instructions: '',
  effort: '',
  stream: true,
  tools: undefined as string | undefined,
  schema: undefined as string | undefined,
};
const HI = [userMessage('Hi', [])];

function problem(settings: object): unknown {
  try {
    buildRequest({ ...SETTINGS, ...settings }, HI);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('buildRequest', () => {
  it('should send no more than was set', () => {
    expect(buildRequest(SETTINGS, HI)).toEqual({ model: 'm', input: 'Hi', store: false, stream: true });
  });

  it('should send everything that was set', () => {
    const settings = {
      ...SETTINGS,
      instructions: 'Be short.',
      effort: 'low',
      stream: false,
      tools: '[{"type":"function","name":"f"}]',
      schema: '{"type":"object"}',
    };
    expect(buildRequest(settings, HI)).toEqual({
      model: 'm',
      instructions: 'Be short.',
      input: 'Hi',
      reasoning: { effort: 'low' },
      include: ['reasoning.encrypted_content'],
      tools: [{ type: 'function', name: 'f' }],
      text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: { type: 'object' } } },
      store: false,
      stream: false,
    });
  });

  it.each([
    ['a picture', [userMessage('Hi', ['data:image/png;base64,AA=='])]],
    ['a history', [...HI, ...HI]],
    ['an output only', [{ type: 'function_call_output', call_id: 'c', output: '1' }]],
  ])('should send %s as items', (_name, input) => {
    expect(buildRequest(SETTINGS, input)).toMatchObject({ input });
  });

  it.each([
    ['tools', { tools: '[' }, /^Not valid JSON: /],
    ['tools', { tools: '{}' }, /array/],
    ['schema', { schema: '' }, /^Not valid JSON: /],
    ['schema', { schema: '[]' }, /object/],
    ['schema', { schema: 'null' }, /object/],
  ])('should name the field of a wrong text: %s in %j', (field, settings, message) => {
    const error = problem(settings) as SettingError;
    expect(error).toBeInstanceOf(SettingError);
    expect(error.field).toBe(field);
    expect(error.message).toMatch(message);
  });
});
