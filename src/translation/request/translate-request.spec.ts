import { functionTool, translate } from '../../../test/support/translation.js';

describe('a translated request', () => {
  it('should be no more than model and messages for a plain text', () => {
    expect(translate({}).chat).toEqual({
      model: 'test-model',
      messages: [{ role: 'user', content: 'hi' }],
    });
  });

  it('should ask for usage where it streams', () => {
    expect(translate({ stream: true }).chat).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(translate({ stream: false }).chat).not.toHaveProperty('stream');
  });

  it('should put instructions before all other system text', () => {
    const input = [
      { role: 'developer', content: 'two' },
      { role: 'user', content: 'q' },
    ];
    expect(translate({ instructions: 'one', input }).chat.messages).toEqual([
      { role: 'system', content: 'one\n\ntwo' },
      { role: 'user', content: 'q' },
    ]);
  });

  it('should send no field of the Responses API that chat completions does not know', () => {
    const { chat } = translate({
      instructions: 'i',
      include: ['reasoning.encrypted_content'],
      store: false,
      metadata: { a: 'b' },
      truncation: 'auto',
      service_tier: 'flex',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      max_tool_calls: 1,
      max_output_tokens: 5,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { format: { type: 'json_object' }, verbosity: 'low' },
      tools: [functionTool('f')],
      tool_choice: 'required',
    });
    expect(Object.keys(chat).sort()).toEqual([
      'max_completion_tokens',
      'messages',
      'model',
      'reasoning_effort',
      'tool_choice',
      'tools',
    ]);
  });

  it('should not change the body', () => {
    const body = {
      model: 'm',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'q' }] }],
      tools: [functionTool('f')],
      reasoning: { effort: 'none' },
      chat_template_kwargs: { a: 1 },
    };
    const before = structuredClone(body);
    translate(body);
    expect(body).toEqual(before);
  });

  it.each([
    [undefined, []],
    [null, []],
    ['END', ['END']],
    ['', []],
    [
      ['a', '', 'b'],
      ['a', 'b'],
    ],
  ])('should plan to stop at %j', (stop, planned) => {
    expect(translate({ stop }).plan.stop).toEqual(planned);
  });

  it('should carry the wish for a form of reasoning', () => {
    expect(translate({}, {}, { reasoningOutput: 'off' }).plan.reasoningOutput).toBe('off');
  });
});
