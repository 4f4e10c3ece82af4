import type { Json } from '../../support/json.js';
import { type Answer, ask, WAYS } from '../support/ask.js';
import { useStack } from '../support/use-stack.js';
import { LLAMA_CPP, MODEL, startLlamaCpp } from './llama-cpp.js';

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const CLOCK = { type: 'function', name: 'clock', parameters: { type: 'object', properties: {} } };
/** The model is too small to find out by itself when to call: it has done so before. */
const ASKED = [
  ...['Rome', 'Berlin', 'Madrid'].flatMap((city, index) => [
    { role: 'user', content: `What is the weather in ${city}?` },
    {
      type: 'function_call',
      call_id: `call_${index}`,
      name: WEATHER.name,
      arguments: JSON.stringify({ city }),
    },
    {
      type: 'function_call_output',
      call_id: `call_${index}`,
      output: `It rains in ${city}, ${index} degrees.`,
    },
    { role: 'assistant', content: `It rains in ${city}, ${index} degrees.` },
  ]),
  { role: 'user', content: 'What is the weather in Paris?' },
];
const TURN = { model: MODEL, temperature: 0, max_output_tokens: 60, tools: [WEATHER] };
const READERS = {
  'by the server': {},
  'by the gateway': { TOOL_CALLS: 'raw', TOOL_CALL_PARSER: 'hermes' },
  'by the gateway, which also writes them': { TOOL_CALLS: 'prompt', TOOL_CALL_PARSER: 'hermes' },
};

describe('tool calls of llama.cpp', () => {
  const stack = useStack(startLlamaCpp, LLAMA_CPP);

  describe.each(Object.entries(READERS))('read %s', (_reader, environment) => {
    let url: string;
    beforeAll(async () => {
      url = await stack.another(environment);
    });

    it.each(WAYS)('should make a call, and an answer out of its result, %s', async (way) => {
      const called = await ask(url, { ...TURN, input: ASKED }, way);
      const call = theCall(called);
      expect(call).toMatchObject({ name: 'get_weather', status: 'completed' });
      expect(JSON.parse(call.arguments as string)).toEqual({ city: 'Paris' });
      expect(called.response.status).toBe('completed');
      expect(called.text).not.toContain('tool_call');

      const result = {
        type: 'function_call_output',
        call_id: call.call_id,
        output: 'It is sunny in Paris, 21 degrees.',
      };
      const answered = await ask(url, { ...TURN, input: [...ASKED, ...called.output, result] }, way);
      expect(answered.response.error).toBeNull();
      expect(answered.usage.input_tokens).toBeGreaterThan(called.usage.input_tokens);
      expect(answered.text).toContain('21 degrees');
    });

    it.each(WAYS)(
      'should keep a call that the token limit cuts from being taken for a whole one, %s',
      async (way) => {
        const { response } = await ask(url, { ...TURN, max_output_tokens: 20, input: ASKED }, way);
        expect(response).toMatchObject({
          status: 'incomplete',
          incomplete_details: { reason: 'max_output_tokens' },
        });
      },
    );

    it('should answer with text where no call is asked for', async () => {
      const { output } = await ask(url, { ...TURN, max_output_tokens: 12, input: 'Who are you?' });
      expect(output.map(({ type }) => type)).toEqual(['message']);
    });
  });

  it.each(WAYS)('should make a demanded call, %s', async (way) => {
    const body = { ...TURN, tools: [WEATHER, CLOCK], input: ASKED };
    for (const choice of ['required', { type: 'function', name: 'get_weather' }])
      expect(theCall(await ask(stack.url, { ...body, tool_choice: choice }, way)).name).toBe('get_weather');
  });

  it.each(WAYS)('should show no tools for the choice none, %s', async (way) => {
    const { output } = await ask(
      stack.url,
      { ...TURN, tool_choice: 'none', max_output_tokens: 12, input: 'Who are you?' },
      way,
    );
    expect(output.map(({ type }) => type)).toEqual(['message']);
  });
});

function theCall({ output }: Answer): Json {
  const calls = output.filter(({ type }) => type === 'function_call');
  expect(calls).toHaveLength(1);
  return calls[0]!;
}
