import { refusalOf } from '../../../test/support/translation.js';
import { readApprovals } from './read-approvals.js';

const user = { role: 'user', content: 'a' };
const request = (id: string) => ({
  type: 'mcp_approval_request',
  id,
  server_label: 'desk',
  name: 'write',
  arguments: '{}',
});
const response = (id: unknown, approve: unknown = true) => ({
  type: 'mcp_approval_response',
  approval_request_id: id,
  approve,
});
const call = (id: string) => ({ type: 'mcp_call', id: 'mcp_1', approval_request_id: id });
const idsOf = (input: unknown) => readApprovals(input).map(({ approvalId }) => approvalId);

describe('the calls that an input allows', () => {
  it.each<[string, unknown, string[]]>([
    ['no list', 'text', []],
    ['no answer', [user, request('a')], []],
    ['an answer', [user, request('a'), response('a')], ['a']],
    ['two', [user, request('a'), request('b'), response('a'), response('b')], ['a', 'b']],
    ['answers behind each request', [request('a'), response('a'), request('b'), response('b')], ['a', 'b']],
    ['a refusal beside it', [request('a'), request('b'), response('a'), response('b', false)], ['a']],
    ['text of the user behind it', [request('a'), response('a'), user], ['a']],
    [
      'the output of a function beside it',
      [request('a'), response('a'), { type: 'function_call_output' }],
      ['a'],
    ],
    ['a call that was carried out', [request('a'), response('a'), call('a'), user], []],
    [
      'an answer of the model behind it',
      [request('a'), response('a'), { role: 'assistant', content: 'b' }],
      [],
    ],
    ['reasoning behind it', [request('a'), response('a'), { type: 'reasoning' }, user], []],
    ['a call of the same turn behind it', [request('a'), response('a'), { type: 'function_call' }], ['a']],
    ['a call that was carried out behind it', [request('a'), response('a'), { type: 'mcp_call' }], []],
  ])('should be those of the last answers: %s', (_name, input, ids) => {
    expect(idsOf(input)).toEqual(ids);
  });

  it('should be what was asked for, word for word', () => {
    expect(readApprovals([{ ...request('a'), arguments: '{"x":1}' }, response('a')])).toEqual([
      { approvalId: 'a', label: 'desk', name: 'write', arguments: '{"x":1}' },
    ]);
  });

  it.each<[string, unknown[]]>([
    ['an answer to no request', [response('a')]],
    ['an answer without an id', [request('a'), response(undefined)]],
    ['an answer that is neither yes nor no', [request('a'), response('a', 'yes')]],
    ['two answers to one request', [request('a'), response('a'), response('a', false)]],
    ['an answer to a call that was carried out', [request('a'), response('a'), call('a'), response('a')]],
    ['a request without a name', [{ ...request('a'), name: undefined }, response('a')]],
  ])('should be refused with %s', (_name, input) => {
    expect(refusalOf(() => readApprovals(input))).toMatchObject({ status: 400, param: 'input' });
  });
});
