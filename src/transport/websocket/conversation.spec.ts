import type { ResponseObject } from '../../contracts/responses-api.js';
import { type Conversation, joinInput, remember, toOwnPath } from './conversation.js';

const LIMIT = 10_000;
const user = (content: string) => ({ type: 'message', role: 'user', content });
const call = (callId: string, type = 'function_call') => ({ type, id: `fc_${callId}`, call_id: callId });
const output = (callId: string, type = 'function_call_output') => ({ type, call_id: callId, output: 'x' });
const keep = (...items: unknown[]): Conversation => ({ id: 'resp_1', items, size: 100 });

function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('It was not refused.');
}

describe('joinInput', () => {
  it.each([
    ['text', 'Hi', [user('Hi')]],
    ['items', [user('Hi')], [user('Hi')]],
    ['nothing', undefined, []],
    ['null', null, []],
  ])('should begin a conversation with %s', (_what, input, items) => {
    expect(joinInput(keep(user('old')), undefined, input, LIMIT)).toMatchObject({ items, kept: 0 });
  });

  it('should put the input behind all that was said', () => {
    const joined = joinInput(keep(user('a'), user('b')), 'resp_1', 'c', LIMIT);
    expect(joined).toMatchObject({ items: [user('a'), user('b'), user('c')], kept: 2 });
  });

  it('should leave what is kept as it was', () => {
    const kept = keep(user('a'));
    joinInput(kept, 'resp_1', 'b', LIMIT);
    expect(kept.items).toEqual([user('a')]);
  });

  it.each([[null], [keep(user('a'))]])('should not find another response in %j', (kept) => {
    expect(refusal(() => joinInput(kept, 'resp_2', 'b', LIMIT))).toMatchObject({
      code: 'previous_response_not_found',
      status: 400,
      param: 'previous_response_id',
      message: "Previous response with id 'resp_2' not found.",
    });
  });

  it('should refuse a conversation beyond the limit, but not a first input', () => {
    const long = 'x'.repeat(LIMIT);
    expect(joinInput(null, undefined, long, LIMIT).size).toBeGreaterThan(LIMIT);
    expect(refusal(() => joinInput(keep(), 'resp_1', long, LIMIT))).toMatchObject({
      code: 'request_too_large',
    });
  });

  it.each([[7], [true], [{}]])('should refuse %j as an input', (input) => {
    expect(refusal(() => joinInput(null, undefined, input, LIMIT))).toMatchObject({ param: 'input' });
  });

  it.each([
    ['function_call', 'function_call_output'],
    ['custom_tool_call', 'custom_tool_call_output'],
    ['tool_search_call', 'tool_search_output'],
  ])('should take an output of a kept %s', (callType, outputType) => {
    const kept = keep(user('a'), call('c1', callType));
    expect(joinInput(kept, 'resp_1', [output('c1', outputType)], LIMIT).items).toHaveLength(3);
    expect(
      refusal(() => joinInput(kept, 'resp_1', [user('b'), output('c2', outputType)], LIMIT)),
    ).toMatchObject({
      code: 'invalid_request',
      param: 'input[1].call_id',
      message: "No tool call found for the output with call_id 'c2'.",
    });
  });

  it('should take an output whose call is in the same input', () => {
    expect(joinInput(keep(), 'resp_1', [call('c1'), output('c1')], LIMIT).items).toHaveLength(2);
  });

  it('should leave odd items, and outputs that begin a conversation, to the translation', () => {
    const odd = [null, 7, 'x', [], {}, { type: 'function_call_output' }, { type: 7 }];
    expect(joinInput(keep(...odd), 'resp_1', odd, LIMIT).items).toHaveLength(14);
    expect(joinInput(null, undefined, [output('c1')], LIMIT).items).toHaveLength(1);
  });
});

describe('remember', () => {
  it('should keep input and output under the id of the response', () => {
    const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [] };
    const response = { id: 'resp_2', output: [message] } as unknown as ResponseObject;
    expect(remember({ items: [user('a')], kept: 0, size: 40 }, response)).toEqual({
      id: 'resp_2',
      items: [user('a'), message],
      size: 40 + JSON.stringify([message]).length,
    });
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
    expect(toOwnPath(param, { kept })).toBe(expected);
  });
});
