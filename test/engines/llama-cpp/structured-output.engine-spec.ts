import { postJson } from '../../support/http-client.js';
import { ask, WAYS } from '../support/ask.js';
import { useStack } from '../support/use-stack.js';
import { exactly, LLAMA_CPP, MODEL, startLlamaCpp } from './llama-cpp.js';

const TURN = { model: MODEL, temperature: 0, max_output_tokens: 100 };
const PERSON = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 12 },
    age: { type: 'integer', minimum: 0, maximum: 120 },
    mood: { enum: ['glad', 'sad'] },
  },
  required: ['name', 'age', 'mood'],
  additionalProperties: false,
};
const TOOL = { type: 'function', name: 'clock', parameters: { type: 'object', properties: {} } };
const formatted = (schema: object) => ({
  format: { type: 'json_schema', name: 'made', strict: true, schema },
});

describe('structured output of llama.cpp', () => {
  // A text that breaks its schema fails the answer.
  const stack = useStack(startLlamaCpp, { ...LLAMA_CPP, STRICT_OUTPUT: 'fail' });

  describe.each(WAYS)('asked for %s', (way) => {
    it('should be held to a schema by the server', async () => {
      const body = { ...TURN, input: 'Describe a person.', text: formatted(PERSON) };
      const { text, response } = await ask(stack.url, body, way);
      expect(response).toMatchObject({
        status: 'completed',
        text: { format: { name: 'made', strict: true } },
      });
      expect(JSON.parse(text)).toEqual({
        name: expect.any(String) as string,
        age: expect.any(Number) as number,
        mood: expect.stringMatching(/^(glad|sad)$/) as string,
      });
    });

    it('should keep every character', async () => {
      const value = 'quote " slash \\ line \n tab \t 😀 é 東京 </think> <tool_call>';
      const { text } = await ask(stack.url, { ...TURN, input: 'Go.', text: exactly(value) }, way);
      expect(JSON.parse(text)).toEqual({ value });
    });

    it('should be any JSON object', async () => {
      const body = { ...TURN, input: 'Describe a person.', text: { format: { type: 'json_object' } } };
      const { response, text } = await ask(stack.url, body, way);
      // The model decides for itself how much it writes.
      if (response.status === 'completed') expect(JSON.parse(text)).toBeInstanceOf(Object);
      expect(text.trimStart()).toMatch(/^\{/);
    });

    it('should be held to a schema that names itself', async () => {
      const node = {
        type: 'object',
        properties: { value: { const: 1 }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
        required: ['value', 'next'],
        additionalProperties: false,
      };
      const list = { ...node, $defs: { node } };
      const { text } = await ask(stack.url, { ...TURN, input: 'Go.', text: formatted(list) }, way);
      expect(text).toMatch(/^\{\s*"value"/);
    });

    it('should be given next to tools that are not called', async () => {
      const input = 'What is the capital of France?';
      const body = { ...TURN, input, text: formatted(PERSON), tools: [TOOL] };
      const { text } = await ask(stack.url, body, way);
      expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(['age', 'mood', 'name']);
    });

    it('should refuse a schema that the server refuses', async () => {
      const body = {
        ...TURN,
        input: 'Go.',
        text: formatted({ type: 'nonsense' }),
        stream: way === 'streamed',
      };
      const refused = await postJson(`${stack.url}/v1/responses`, body);
      expect(refused.status).toBe(400);
      expect(refused.body).toMatchObject({ error: { type: 'invalid_request_error' } });
    });
  });
});
