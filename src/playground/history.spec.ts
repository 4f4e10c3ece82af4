import { History, isToolCall, outputOf, userMessage } from './page/history.js';

const CALL = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{}' };

describe('History', () => {
  it('should send what was said, called and answered, in order', () => {
    const history = new History();
    const question = userMessage('Hi', []);
    history.add([question], [CALL]);
    const output = outputOf(CALL, '42');
    expect(history.inputWith([output])).toEqual([question, CALL, output]);
    expect(output).toEqual({ type: 'function_call_output', call_id: 'call_1', output: '42' });
    history.clear();
    expect(history.inputWith([question])).toEqual([question]);
  });

  it('should not keep what is only asked for', () => {
    const history = new History();
    history.inputWith([userMessage('Hi', [])]);
    expect(history.inputWith([])).toEqual([]);
  });
});

it('should tell calls for the client from other items', () => {
  const types = ['function_call', 'custom_tool_call', 'message', 'reasoning', 'function_call_output'];
  expect(types.filter((type) => isToolCall({ type }))).toEqual(['function_call', 'custom_tool_call']);
  expect(outputOf({ type: 'custom_tool_call', call_id: 'c' }, 'x').type).toBe('custom_tool_call_output');
});

it('should put pictures behind the text, and send no empty text', () => {
  const image = 'data:image/png;base64,AA==';
  const part = { type: 'input_image', image_url: image, detail: 'auto' };
  expect(userMessage('Look', [image]).content).toEqual([{ type: 'input_text', text: 'Look' }, part]);
  expect(userMessage('', [image]).content).toEqual([part]);
});
