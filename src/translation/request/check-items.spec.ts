import { GatewayError } from '../../errors/gateway-error.js';
import { checkItems } from './check-items.js';

const READING = {
  envelopes: { seal: () => '', open: () => null },
  media: { hosts: [], maxBytes: 1_000 },
};

function problemOf(items: unknown[]): GatewayError | null {
  try {
    checkItems(items, 'items', READING as unknown as Parameters<typeof checkItems>[2]);
    return null;
  } catch (error) {
    return error as GatewayError;
  }
}

describe('checkItems', () => {
  it.each([
    [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
    [{ type: 'message', role: 'assistant', content: [] }],
    [{ type: 'function_call', call_id: 'c', name: 'not_declared', arguments: '{}' }],
    [{ type: 'function_call_output', call_id: 'of_no_call', output: 'x' }],
    [{ type: 'reasoning', summary: [], encrypted_content: 'of another gateway' }],
    [{ type: 'from_the_future' }],
  ])('should take %j', (item) => {
    expect(problemOf([item])).toBeNull();
  });

  it.each<[unknown, string]>([
    [{ type: 'message', role: 'narrator', content: 'Hi' }, 'items[1].role'],
    [{ type: 'message', role: 'user', content: ['Hi'] }, 'items[1].content[0]'],
    [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 7 }] },
      'items[1].content[0].text',
    ],
    [{ type: 'function_call', call_id: 'c', arguments: '{}' }, 'items[1].name'],
    [{ type: 'function_call_output', call_id: 7, output: 'x' }, 'items[1].call_id'],
  ])('should refuse %j at %s', (item, param) => {
    expect(problemOf([{ role: 'user', content: 'Hi' }, item])).toMatchObject({ status: 400, param });
  });
});
