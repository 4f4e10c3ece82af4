import { recordOf, type Json } from './json.js';
import { publishedSchema, validateEvent, validateRequest, validateResponse } from './published-schema.js';
import { finishedResponse, message, OPENAI_ONLY, sampleStreams, text } from './sample-streams.js';

const schema = publishedSchema();
const describeWithFile = schema ? describe : describe.skip;

describe('validators', () => {
  it('should find nothing wrong with the samples, whether the file is there or not', () => {
    for (const event of Object.values(sampleStreams()).flat()) expect(validateEvent(event)).toEqual([]);
    expect(validateResponse(sampleStreams().text!.at(-1)?.response)).toEqual([]);
    expect(validateRequest({ model: 'm', input: 'hi' })).toEqual([]);
  });
});

describeWithFile('the published schema', () => {
  it('should know the events of Open Responses and none of our own', () => {
    expect(schema?.eventTypes).toContain('response.reasoning.delta');
    expect(schema?.eventTypes).toContain('error');
    expect(schema?.eventTypes).not.toContain('response.reasoning_text.delta');
    expect(schema?.eventTypes).not.toContain('response.custom_tool_call_input.delta');
    expect(schema?.eventTypes.size).toBe(24);
  });

  it('should skip events that it does not know', () => {
    expect(validateEvent({ type: 'keepalive' })).toEqual([]);
    expect(validateEvent({ type: 'response.reasoning_text.delta' })).toEqual([]);
    expect(validateEvent(undefined)).toEqual([]);
  });

  it('should name what is wrong in an event', () => {
    const delta = {
      type: 'response.output_text.delta',
      sequence_number: 'x',
      item_id: 'i',
      output_index: 0,
      content_index: 0,
    };
    expect(validateEvent(delta)).toEqual([
      "(root) must have required property 'delta'",
      '/sequence_number must be integer',
    ]);
  });

  it('should name what is wrong deep inside of an item, and not the other alternatives', () => {
    const item = message('msg_1', { ...text('a'), annotations: null });
    const event = { type: 'response.output_item.done', sequence_number: 0, output_index: 0, item };
    expect(validateEvent(event)).toEqual(['/item/content/0/annotations must be array']);
  });

  it('should reject any missing field of a response', () => {
    const response = finishedResponse('completed', [message('msg_1', text('a'))], 'a');
    const further = ['output_text', ...Object.keys(OPENAI_ONLY)];
    for (const field of Object.keys(response).filter((name) => !further.includes(name))) {
      const mutant: Json = { ...response };
      Reflect.deleteProperty(mutant, field);
      expect(validateResponse(mutant)).toEqual([`(root) must have required property '${field}'`]);
    }
  });

  it('should reject wrong values in a response', () => {
    const wrong = { truncation: 'some', temperature: null, usage: {}, tool_choice: 'maybe', text: {} };
    for (const [field, value] of Object.entries(wrong)) {
      const errors = validateResponse({ ...finishedResponse('completed', []), [field]: value });
      expect(errors.join('\n')).toContain(`/${field}`);
    }
  });

  it('should skip our further item, tool and tool choice types, but nothing beside them', () => {
    const foreign = { type: 'custom_tool_call', id: 'ctc_1' };
    const tools = [{ type: 'custom', name: 'patch' }];
    const response = finishedResponse('completed', [foreign]);
    expect(validateResponse({ ...response, tools, tool_choice: { type: 'custom', name: 'patch' } })).toEqual(
      [],
    );
    const allowed = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'custom', name: 'patch' }] };
    expect(validateResponse({ ...response, tools, tool_choice: allowed })).toEqual([]);
    expect(
      validateEvent({
        type: 'response.output_item.added',
        sequence_number: 0,
        output_index: 0,
        item: foreign,
      }),
    ).toEqual([]);
    expect(validateResponse({ ...response, output: [foreign, { type: 'message' }] })).not.toEqual([]);
    expect(validateResponse({ ...response, output: [{ id: 'no type' }] })).not.toEqual([]);
    expect(validateResponse({ ...response, tools: [{ type: 'function', name: 'f' }] })).not.toEqual([]);
  });

  it('should accept the schema that a json_schema format echoes', () => {
    const { text: format } = recordOf(sampleStreams().text![0]?.response);
    expect(recordOf(recordOf(format).format).schema).toEqual({ type: 'object' });
  });

  it('should judge request bodies', () => {
    const items = [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: 'ok' },
    ];
    expect(validateRequest({ model: 'm', input: items, tools: [{ type: 'function', name: 'f' }] })).toEqual(
      [],
    );
    expect(validateRequest({ model: 'm', input: 'hi', temperature: 'hot' }).join()).toContain('/temperature');
    expect(validateRequest({ model: 'm', input: [{ type: 'nothing' }] })).not.toEqual([]);
    expect(validateRequest([])).not.toEqual([]);
  });
});
