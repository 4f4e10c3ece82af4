import { MODEL_PRESET_NAMES, MODEL_PRESETS, type ModelProfile } from '../../contracts/model-profile.js';
import { messagesOf, translate } from '../../../test/support/translation.js';

const message = (role: string, content: unknown) => ({ type: 'message', role, content });
const reasoning = (text: string) => ({ type: 'reasoning', summary: [{ type: 'summary_text', text }] });
const call = (id: string, name = 'run') => ({ type: 'function_call', call_id: id, name, arguments: '{}' });
const output = (id: string, value: unknown) => ({ type: 'function_call_output', call_id: id, output: value });
const toolCall = (id: string, name = 'run') => ({
  id,
  type: 'function',
  function: { name, arguments: '{}' },
});
const image = (url: string) => ({ type: 'input_image', image_url: `data:image/png;base64,${url}` });
const imagePart = (url: string) => ({
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${url}` },
});
const text = (value: string) => ({ type: 'input_text', text: value });

describe('messages of one assistant turn', () => {
  it('should join reasoning, text and the calls that follow into one message', () => {
    const items = [
      message('user', 'q'),
      reasoning('why'),
      message('assistant', 'I will look.'),
      call('a'),
      call('b', 'look'),
      output('a', '1'),
      output('b', '2'),
    ];
    expect(messagesOf(items)).toEqual([
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        content: 'I will look.',
        reasoning_content: 'why',
        tool_calls: [toolCall('a'), toolCall('b', 'look')],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
    ]);
  });

  it('should join several reasonings and several texts with blank lines', () => {
    const items = [
      message('user', 'q'),
      reasoning('one'),
      reasoning('two'),
      message('assistant', 'three'),
      message('assistant', 'four'),
    ];
    expect(messagesOf(items)[1]).toEqual({
      role: 'assistant',
      content: 'three\n\nfour',
      reasoning_content: 'one\n\ntwo',
    });
  });

  it('should begin a new message behind the outputs of calls', () => {
    const items = [
      message('user', 'q'),
      call('a'),
      output('a', '1'),
      reasoning('so'),
      call('b'),
      output('b', '2'),
    ];
    expect(messagesOf(items).slice(1)).toEqual([
      { role: 'assistant', content: null, tool_calls: [toolCall('a')] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'assistant', content: null, reasoning_content: 'so', tool_calls: [toolCall('b')] },
      { role: 'tool', tool_call_id: 'b', content: '2' },
    ]);
  });

  it('should begin a new message behind a message of the user', () => {
    const items = [message('assistant', 'a'), message('user', 'q'), message('assistant', 'b')];
    expect(messagesOf(items).map(({ role, content }) => [role, content])).toEqual([
      ['assistant', 'a'],
      ['user', 'q'],
      ['assistant', 'b'],
    ]);
  });

  it('should not be null where there are no calls', () => {
    expect(messagesOf([message('user', 'q'), reasoning('why'), message('user', 'r')])[1]).toEqual({
      role: 'assistant',
      content: '',
      reasoning_content: 'why',
    });
  });

  it('should not make a message of empty text', () => {
    expect(messagesOf([message('user', 'q'), message('assistant', ''), message('user', 'r')])).toHaveLength(
      2,
    );
  });

  it('should put images of outputs into one user message behind the last output of the group', () => {
    const items = [
      message('user', 'q'),
      call('a'),
      call('b'),
      output('a', [text('shot'), image('AA')]),
      output('b', [image('BB'), text('end')]),
      message('assistant', 'seen'),
    ];
    expect(messagesOf(items).slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'shot' },
      { role: 'tool', tool_call_id: 'b', content: 'end' },
      { role: 'user', content: [imagePart('AA'), imagePart('BB')] },
      { role: 'assistant', content: 'seen' },
    ]);
  });

  it('should put the images there also at the end of the input', () => {
    const items = [message('user', 'q'), call('a'), output('a', [image('AA')])];
    expect(messagesOf(items).at(-1)).toEqual({ role: 'user', content: [imagePart('AA')] });
  });
});

describe('outputs and the calls they belong to', () => {
  const roles = (items: unknown) =>
    messagesOf(items).map((chat) => (chat.role === 'tool' ? `tool ${chat.tool_call_id}` : chat.role));

  it('should put outputs behind their calls, in the order of the calls, wherever they stood', () => {
    const items = [
      message('user', 'q'),
      call('a'),
      call('b'),
      output('b', '2'),
      message('developer', 'note'),
      output('a', '1'),
    ];
    expect(roles(items)).toEqual(['system', 'user', 'assistant', 'tool a', 'tool b']);
  });

  it('should give every call an output', () => {
    const items = [message('user', 'q'), call('a'), call('b'), output('b', '2'), message('user', 'r')];
    expect(roles(items)).toEqual(['user', 'assistant', 'tool a', 'tool b', 'user']);
  });

  it('should not send an output without a call as a tool message', () => {
    const messages = messagesOf([message('user', 'q'), output('a', 'lost')]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'user']);
    expect(JSON.stringify(messages)).toContain('lost');
  });

  it('should keep calls apart that share an id', () => {
    const items = [message('user', 'q'), call('a'), call('a'), output('a', '1'), output('a', '2')];
    const [, assistant, ...results] = messagesOf(items);
    const ids = (assistant as { tool_calls: { id: string }[] }).tool_calls.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(results).toEqual([
      { role: 'tool', tool_call_id: ids[0], content: '1' },
      { role: 'tool', tool_call_id: ids[1], content: '2' },
    ]);
  });

  it('should tell an id that is used again in a later turn from the earlier one', () => {
    const items = [
      message('user', 'q'),
      call('a'),
      output('a', '1'),
      message('user', 'r'),
      call('a'),
      output('a', '2'),
    ];
    expect(messagesOf(items).filter(({ role }) => role === 'tool')).toEqual([
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'a', content: '2' },
    ]);
    expect(roles(items)).toEqual(['user', 'assistant', 'tool a', 'user', 'assistant', 'tool a']);
  });
});

describe('system text', () => {
  const input = [
    message('system', 'one'),
    message('developer', [text('two'), text('three')]),
    message('user', 'q'),
    message('assistant', 'a'),
    message('developer', 'later'),
    message('user', 'r'),
  ];
  const sent = (systemRole: ModelProfile['systemRole'], instructions?: string) =>
    translate({ input, instructions }, { systemRole }).chat.messages.map(({ role, content }) => [
      role,
      content,
    ]);

  it('should all be one leading message, instructions first, in order', () => {
    expect(sent('merge', 'zero')).toEqual([
      ['system', 'zero\n\none\n\ntwo\nthree\n\nlater'],
      ['user', 'q'],
      ['assistant', 'a'],
      ['user', 'r'],
    ]);
  });

  it.each(MODEL_PRESET_NAMES)('should keep its rank with the preset %s', (preset) => {
    const { messages } = translate({ input }, MODEL_PRESETS[preset]).chat;
    const texts = messages.flatMap((sent) => (sent.role === 'system' ? [sent.content] : []));
    expect(texts.join('\n\n')).toBe('one\n\ntwo\nthree\n\nlater');
  });

  it('should not part what the assistant says where it is moved', () => {
    const items = [
      message('user', 'q'),
      message('assistant', 'a'),
      message('developer', 'note'),
      call('x'),
      output('x', '1'),
    ];
    expect(messagesOf(items)).toEqual([
      { role: 'system', content: 'note' },
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a', tool_calls: [toolCall('x')] },
      { role: 'tool', tool_call_id: 'x', content: '1' },
    ]);
  });

  it('should be one leading message, instructions first, and user text later on, where a profile says so', () => {
    expect(sent('leading', 'zero')).toEqual([
      ['system', 'zero\n\none\n\ntwo\nthree'],
      ['user', 'q'],
      ['assistant', 'a'],
      ['user', 'later'],
      ['user', 'r'],
    ]);
  });

  it('should stay where it stands where the server takes it anywhere', () => {
    expect(sent('anywhere')).toEqual([
      ['system', 'one\n\ntwo\nthree'],
      ['user', 'q'],
      ['assistant', 'a'],
      ['system', 'later'],
      ['user', 'r'],
    ]);
  });

  it('should stand before the first text of the user where the server knows no such role', () => {
    expect(sent('none', 'zero')).toEqual([
      ['user', 'zero\n\none\n\ntwo\nthree\n\nq'],
      ['assistant', 'a'],
      ['user', 'later'],
      ['user', 'r'],
    ]);
  });

  it('should stand before the parts of a first message with images', () => {
    const items = [message('system', 's'), message('user', [image('AA')])];
    expect(messagesOf(items, { systemRole: 'none' })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 's' }, imagePart('AA')] },
    ]);
  });

  it('should become a message of the user where the conversation begins with the assistant', () => {
    const items = [message('system', 's'), message('assistant', 'a')];
    expect(messagesOf(items, { systemRole: 'none' })).toEqual([
      { role: 'user', content: 's' },
      { role: 'assistant', content: 'a' },
    ]);
  });

  it('should leave no message where it is empty', () => {
    const { chat } = translate({ input: [message('system', ''), message('user', 'q')], instructions: '' });
    expect(chat.messages).toEqual([{ role: 'user', content: 'q' }]);
  });

  it('should be sent where it is all there is', () => {
    expect(translate({ input: [message('developer', 'x')] }).chat.messages).toEqual([
      { role: 'system', content: 'x' },
    ]);
  });
});
