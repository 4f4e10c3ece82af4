import fc from 'fast-check';
import { isObject } from '../contracts/raw-object.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { IdPrefix } from '../ids/id-generator.js';
import { normalizeItems } from './normalize-item.js';

function counter(): (prefix: IdPrefix) => string {
  let count = 0;
  return (prefix) => `${prefix}_${++count}`;
}

function problemOf(input: unknown, path?: string): GatewayError {
  try {
    normalizeItems(input, counter(), path);
  } catch (error) {
    return error as GatewayError;
  }
  throw new Error('Nothing was refused.');
}

describe('normalizeItems', () => {
  it('should make a message of the user out of a text', () => {
    expect(normalizeItems('Hi', counter())).toEqual([
      {
        isGiven: false,
        item: {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'user',
          content: [{ type: 'input_text', text: 'Hi' }],
        },
      },
    ]);
  });

  it.each([
    ['user', { type: 'input_text', text: 'Hi' }],
    ['system', { type: 'input_text', text: 'Hi' }],
    ['developer', { type: 'input_text', text: 'Hi' }],
    ['assistant', { type: 'output_text', text: 'Hi', annotations: [] }],
  ])('should make a part out of the text of the %s', (role, part) => {
    const [entry] = normalizeItems([{ role, content: 'Hi' }], counter());
    expect(entry?.item).toMatchObject({ type: 'message', role, status: 'completed', content: [part] });
  });

  it('should leave parts as they are, and a status that was given', () => {
    const content = [{ type: 'input_image', image_url: 'https://a.example/b.png', detail: 'low', new: 1 }];
    const given = { type: 'message', role: 'user', status: 'incomplete', content, phase: 'x' };
    expect(normalizeItems([given], counter())[0]?.item).toEqual({ ...given, id: 'msg_1' });
  });

  it('should have a list of no parts where there is no content', () => {
    expect(normalizeItems([{ role: 'assistant', content: null }], counter())[0]?.item.content).toEqual([]);
  });

  it.each([
    ['message', 'msg'],
    ['function_call', 'fc'],
    ['function_call_output', 'fco'],
    ['custom_tool_call', 'ctc'],
    ['custom_tool_call_output', 'ctco'],
    ['tool_search_call', 'tsc'],
    ['tool_search_output', 'tso'],
    ['shell_call', 'sh'],
    ['shell_call_output', 'sho'],
    ['local_shell_call', 'lsh'],
    ['local_shell_call_output', 'lsho'],
    ['apply_patch_call', 'apc'],
    ['apply_patch_call_output', 'apco'],
    ['computer_call', 'cu'],
    ['computer_call_output', 'cuo'],
    ['reasoning', 'rs'],
    ['compaction', 'cmp'],
    ['web_search_call', 'ws'],
    ['code_interpreter_call', 'ci'],
    ['file_search_call', 'fs'],
    ['image_generation_call', 'item'],
    ['toString', 'item'],
  ])('should give a %s an id that begins with %s_', (type, prefix) => {
    const [entry] = normalizeItems([{ type, role: 'user', field: { deep: [1] } }], counter());
    expect(entry).toMatchObject({ isGiven: false, item: { id: `${prefix}_1`, field: { deep: [1] } } });
  });

  it('should keep __proto__ as a field like any other, and inherit nothing of it', () => {
    const given: unknown = JSON.parse('[{"role":"user","content":"Hi","__proto__":{"phase":"inherited"}}]');
    const [kept] = normalizeItems(given, counter());
    expect(Object.keys(kept?.item ?? {})).toContain('__proto__');
    expect(kept?.item.phase).toBeUndefined();
  });

  it('should keep the id that a client gives', () => {
    const given = { type: 'function_call', id: 'fc-of.client:1', call_id: 'c', name: 'n', arguments: '{}' };
    expect(normalizeItems([given], counter())).toEqual([{ item: given, isGiven: true }]);
  });

  it.each([null, '', 7, 'a b', 'a/b', 'a\0b', 'x'.repeat(129)])('should not keep %j as an id', (id) => {
    const [entry] = normalizeItems([{ role: 'user', content: 'Hi', id }], counter());
    expect(entry).toMatchObject({ isGiven: false, item: { id: 'msg_1' } });
  });

  it.each([{ type: 'item_reference', id: 'msg_9' }, { id: 'msg_9' }, { type: null, id: 'msg_9' }])(
    'should take %j for a reference',
    (given) => {
      expect(normalizeItems([given], counter())).toEqual([
        { item: { type: 'item_reference', id: 'msg_9' }, isGiven: true },
      ]);
    },
  );

  it.each<[unknown, string]>([
    [7, 'input'],
    [['Hi'], 'input[0]'],
    [[{ role: 'user' }, null], 'input[1]'],
    [[{}], 'input[0].type'],
    [[{ type: 7, role: 'user' }], 'input[0].type'],
    [[{ type: '' }], 'input[0].type'],
    [[{ type: 'item_reference' }], 'input[0].id'],
    [[{ role: 'user', content: 7 }], 'input[0].content'],
  ])('should refuse %j at %s', (input, param) => {
    expect(problemOf(input)).toMatchObject({ errorName: 'invalid_request', param });
  });

  it('should name the path in the field that it reads', () => {
    expect(problemOf([{}], 'items').param).toBe('items[0].type');
  });

  it('should lose nothing of any item, and change nothing of what it has made', () => {
    const item = fc.record(
      {
        type: fc.constantFrom('message', 'function_call', 'new_kind'),
        role: fc.constantFrom('user', 'assistant'),
        id: fc.oneof(fc.string(), fc.stringMatching(/^[a-z]{1,8}_\d{1,4}$/)),
        content: fc.oneof(fc.string(), fc.array(fc.object())),
        more: fc.jsonValue(),
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(fc.array(item), (given) => {
        const before = structuredClone(given);
        const once = normalizeItems(given, counter());
        expect(given).toEqual(before);
        expect(once).toHaveLength(given.length);
        for (const [index, { item: made, isGiven }] of once.entries()) {
          expect(made.id).toMatch(/^[\w.:=+@-]{1,128}$/);
          expect(isGiven).toBe(made.id === given[index]?.id);
          expect(made).toMatchObject({ ...('more' in given[index]! && { more: given[index].more }) });
          expect(isObject(made)).toBe(true);
        }
        const items = once.map(({ item: made }) => made);
        expect(normalizeItems(items, counter()).map(({ item: made }) => made)).toEqual(items);
      }),
    );
  });
});
