import { mediaPolicy } from '../../../test/support/translation.js';
import { keepUserMessages } from './keep-user-messages.js';

const keep = (input: unknown) => {
  let count = 0;
  return keepUserMessages(input, () => `msg_${++count}`, mediaPolicy);
};
const item = (id: string, content: unknown[]) => ({
  type: 'message',
  id,
  status: 'completed',
  role: 'user',
  content,
});

describe('the messages that survive a compaction', () => {
  it('should be those of the user, with their ids', () => {
    const input = [
      { role: 'developer', content: 'd' },
      { role: 'user', content: 'a' },
      { type: 'message', id: 'msg_own', role: 'user', content: [{ type: 'input_text', text: 'b' }] },
      { role: 'assistant', content: 'c' },
      { type: 'function_call_output', call_id: 'x', output: 'o' },
      { type: 'compaction', encrypted_content: 'x' },
    ];
    expect(keep(input)).toEqual([
      item('msg_1', [{ type: 'input_text', text: 'a' }]),
      item('msg_own', [{ type: 'input_text', text: 'b' }]),
    ]);
  });

  it('should have their parts in one form', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
      { type: 'image_url', image_url: { url: 'https://example.com/b.png' } },
    ];
    expect(keep([{ role: 'user', content }])).toEqual([
      item('msg_1', [
        { type: 'input_text', text: 'a' },
        { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
        { type: 'input_image', image_url: 'https://example.com/b.png', detail: 'auto' },
      ]),
    ]);
  });

  it.each([[undefined], [''], [[]], [[{ role: 'user', content: [] }]], [[{ role: 'user' }]], [5]])(
    'should be none for %j',
    (input) => {
      expect(keep(input)).toEqual([]);
    },
  );

  it('should be the text that is the whole input', () => {
    expect(keep('a')).toEqual([item('msg_1', [{ type: 'input_text', text: 'a' }])]);
  });
});
