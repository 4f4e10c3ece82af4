export const SAMPLE_TOOLS = [
  {
    type: 'function',
    name: 'get_weather',
    description: 'The weather in a city right now.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', description: 'For instance Paris' } },
      required: ['city'],
      additionalProperties: false,
    },
    strict: true,
  },
];

/** What the form of a call suggests to answer. */
export const SAMPLE_OUTPUT = JSON.stringify({ temperature_c: 21, sky: 'clear' });

export const SAMPLE_SCHEMA = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3 },
  },
  required: ['title', 'tags'],
  additionalProperties: false,
};

/** What the code asks while nothing else was. */
export const SAMPLE_MESSAGE = 'Reply exactly: pong';

/** To begin with: a label, the message, and the settings that it needs. */
export const EXAMPLES = [
  { label: 'Count to 200', message: 'Count to 200', settings: {} },
  {
    label: 'Call a tool',
    message: 'Call the get_weather tool with city Paris.',
    settings: { 'use-tools': true },
  },
  { label: 'Think first', message: 'Think, then say exactly: done thinking', settings: { effort: 'low' } },
  {
    label: 'Answer in JSON',
    message: 'Describe a walk in the mountains.',
    settings: { 'use-schema': true },
  },
];
