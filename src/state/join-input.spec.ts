import type { RawObject } from '../contracts/raw-object.js';
import { joinInput, referredId, toItems, toOwnPath } from './join-input.js';

const user = (content: string) => ({ type: 'message', role: 'user', content });
const call = (callId: string, type = 'function_call') => ({ type, id: `fc_${callId}`, call_id: callId });
const output = (callId: string, type = 'function_call_output') => ({ type, call_id: callId, output: 'x' });
const reference = (id: string) => ({ type: 'item_reference', id });
const NOTHING: ReadonlyMap<string, RawObject> = new Map();

function continued(kept: readonly unknown[], input: unknown, found = NOTHING) {
  return joinInput(kept, input, { continues: true, found });
}

function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('It was not refused.');
}

describe('toItems', () => {
  it.each([
    ['text', 'Hi', [user('Hi')]],
    ['items', [user('Hi')], [user('Hi')]],
    ['nothing', undefined, []],
    ['null', null, []],
    ['a text of a warm-up, which says nothing', '', []],
  ])('should read %s', (_what, input, items) => {
    expect(toItems(input)).toEqual(items);
  });

  it.each([[7], [true], [{}]])('should refuse %j', (input) => {
    expect(refusal(() => toItems(input))).toMatchObject({ param: 'input' });
  });
});

describe('referredId', () => {
  it.each([
    ['by its type', { type: 'item_reference', id: 'a' }, 'a'],
    ['without a type', { id: 'a' }, 'a'],
    ['with the type null', { type: null, role: null, id: 'a' }, 'a'],
    ['an item of a type', { type: 'message', id: 'a' }, undefined],
    ['a message without a type', { role: 'user', id: 'a' }, undefined],
    ['no object', 'a', undefined],
    ['no id', { type: 'item_reference' }, undefined],
  ])('should know a reference: %s', (_what, item, id) => {
    expect(referredId(item)).toBe(id);
  });
});

describe('joinInput', () => {
  it('should put the input behind all that was said', () => {
    const kept = [user('a'), user('b')];
    expect(continued(kept, 'c')).toMatchObject({ items: [user('a'), user('b'), user('c')], kept: 2 });
    expect(kept).toHaveLength(2);
  });

  describe('a call without its output', () => {
    const short = { type: 'mcp_call', id: 'mcp_a', name: 'echo', status: 'completed', error: null };
    const whole = { ...short, output: 'said' };
    const found = new Map<string, RawObject>([['mcp_a', whole]]);

    it('should be shown whole, and kept as a reference', () => {
      expect(joinInput([], [short, user('b')], { continues: false, found })).toMatchObject({
        items: [whole, user('b')],
        own: [reference('mcp_a'), user('b')],
      });
    });

    it('should be left out where it stands before', () => {
      expect(continued([user('a'), whole], [short, user('b')]).items).toEqual([user('a'), whole, user('b')]);
    });

    it.each([
      ['is not kept', short, NOTHING],
      ['is not done', { ...short, status: 'failed' }, found],
      ['has none', { ...short, output: null }, found],
      ['is another item', short, new Map([['mcp_a', user('x')]])],
    ])('should stay as it is where it %s', (_what, item, kept: ReadonlyMap<string, RawObject>) => {
      const { items, own } = joinInput([], [item], { continues: false, found: kept });
      expect([items, own]).toEqual([[item], [item]]);
    });
  });

  it('should show the model what is referred to, and keep the reference for the record', () => {
    const message = { ...user('a'), id: 'msg_1' };
    const joined = joinInput([], [reference('msg_1'), user('b')], {
      continues: false,
      found: new Map([['msg_1', message]]),
    });
    expect(joined.items).toEqual([message, user('b')]);
    expect(joined.own).toEqual([reference('msg_1'), user('b')]);
  });

  it('should name the place of a reference to nothing in the message, in the words of OpenAI', () => {
    expect(refusal(() => continued([], [user('a'), reference('msg_1')]))).toMatchObject({
      status: 404,
      type: 'invalid_request_error',
      param: 'input',
      message: "Item with id 'msg_1' not found. (input[1])",
    });
  });

  it.each([
    ['itself', { ...call('c1'), name: 'f', arguments: '{}', status: 'completed' }],
    ['with less', { type: 'function_call', id: 'fc_c1', call_id: 'c1', name: 'f', arguments: '{}' }],
    ['by reference', reference('fc_c1')],
  ])('should leave out what repeats an item that is there: %s', (_what, item) => {
    const kept = [{ ...call('c1'), name: 'f', arguments: '{}' }];
    const joined = continued(kept, [item, output('c1')]);
    expect(joined.items).toHaveLength(2);
    expect(joined.own).toEqual([output('c1')]);
    expect(joined.places).toEqual([1]);
  });

  it('should refuse another item under the id of one that is there', () => {
    const kept = [{ ...user('a'), id: 'msg_1' }];
    expect(refusal(() => continued(kept, [{ ...user('b'), id: 'msg_1' }]))).toMatchObject({
      status: 400,
      param: 'input',
      message: 'Duplicate item found with id msg_1. Remove duplicate items from your input and try again.',
    });
  });

  it.each([
    ['function_call', 'function_call_output'],
    ['custom_tool_call', 'custom_tool_call_output'],
    ['tool_search_call', 'tool_search_output'],
    ['shell_call', 'shell_call_output'],
    ['local_shell_call', 'local_shell_call_output'],
    ['apply_patch_call', 'apply_patch_call_output'],
    ['computer_call', 'computer_call_output'],
  ])('should take an output of a kept %s', (callType, outputType) => {
    const kept = [user('a'), call('c1', callType)];
    expect(continued(kept, [output('c1', outputType)]).items).toHaveLength(3);
    expect(refusal(() => continued(kept, [user('b'), output('c2', outputType)]))).toMatchObject({
      code: 'invalid_request',
      param: 'input[1].call_id',
      message: "No tool call found for the output with call_id 'c2'.",
    });
  });

  it('should take an output whose call is in the same input', () => {
    expect(continued([], [call('c1'), output('c1')]).items).toHaveLength(2);
  });

  it('should leave odd items, and outputs that begin a conversation, to the translation', () => {
    const odd = [null, 7, 'x', [], {}, { type: 'function_call_output' }, { type: 7 }];
    expect(continued(odd, odd).items).toHaveLength(14);
    expect(joinInput([], [output('c1')], { continues: false, found: NOTHING }).items).toHaveLength(1);
  });
});

describe('toOwnPath', () => {
  it.each([
    ['input[3].content[0].type', 2, 'input[1].content[0].type'],
    ['input[3]', 0, 'input[3]'],
    ['input[12].output', 10, 'input[2].output'],
    ['input[1].name', 2, 'previous_response_id.name'],
    ['tools[3].name', 2, 'tools[3].name'],
    ['input', 2, 'input'],
  ])('should read %s behind %i kept items as %s', (param, kept, expected) => {
    expect(toOwnPath(param, { kept, places: [0, 1, 2, 3] })).toBe(expected);
  });

  it('should count what was left out', () => {
    expect(toOwnPath('input[2].name', { kept: 1, places: [0, 2] })).toBe('input[2].name');
  });
});
