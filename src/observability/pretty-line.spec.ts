import { ERROR_TABLE } from '../errors/error-table.js';
import { prettyLine } from './pretty-line.js';

const REQUEST = {
  level: 30,
  time: new Date(2026, 10, 26, 9, 8, 7).getTime(),
  pid: 1,
  hostname: 'h',
  context: 'request',
  request_id: 'req_0123456789abcdef',
  method: 'POST',
  path: '/v1/responses',
  status: 200,
  duration_ms: 1234.5,
  model: 'org/model',
  stream: true,
  outcome: 'completed',
  first_output_ms: 83.2,
  input_tokens: 12,
  output_tokens: 5,
  msg: 'request',
};

describe('prettyLine', () => {
  it('should tell a request in one line', () => {
    expect(prettyLine(REQUEST, false)).toBe(
      '09:08:07  200  POST /v1/responses  org/model  1.23s (first 83ms)  12 -> 5 tokens  completed  req_01234567',
    );
  });

  it('should leave out what is not known of a request', () => {
    const { level, time, request_id } = REQUEST;
    const line = { level, time, request_id, method: 'GET', path: '/v1/models', status: 401, duration_ms: 2 };
    expect(prettyLine({ ...line, outcome: 'invalid_api_key' }, false)).toBe(
      '09:08:07  401  GET /v1/models  2ms  invalid_api_key  req_01234567',
    );
  });

  it('should tell why a request failed below it', () => {
    const err = { type: 'Error', message: 'connect ECONNREFUSED', stack: 'Error: connect\n    at x' };
    const lines = prettyLine({ ...REQUEST, level: 50, status: 502, err }, false).split('\n');
    expect(lines.slice(1)).toEqual(['    connect ECONNREFUSED']);
    expect(prettyLine({ ...REQUEST, err: 'in the words of the server' }, false)).toMatch(
      /\n {4}in the words of the server$/,
    );
  });

  it('should show the stack of what nobody expected', () => {
    const err = { message: 'undefined is not a function', stack: 'TypeError: undefined\n    at x.ts:1' };
    const unexpected = prettyLine({ ...REQUEST, outcome: ERROR_TABLE.internal_error.code, err }, false);
    expect(unexpected).toMatch(/\n {4}TypeError: undefined\n {8}at x\.ts:1$/);
    const { time } = REQUEST;
    expect(prettyLine({ level: 50, time, context: 'unhandled', msg: 'thrown', err }, false)).toBe(
      '09:08:07  ERROR  unhandled  thrown\n    TypeError: undefined\n        at x.ts:1',
    );
  });

  it('should show the further fields of other lines', () => {
    const line = {
      level: 30,
      time: REQUEST.time,
      context: 'DrainService',
      msg: 'stopping',
      running: 2,
      pid: 1,
    };
    expect(prettyLine(line, false)).toBe('09:08:07  INFO  DrainService  stopping  running=2');
  });

  it('should let no name speak to the terminal', () => {
    const model = 'a\u001b[2Jb\nc\u009bd';
    expect(prettyLine({ ...REQUEST, model }, false)).toContain('  a [2Jb c d  ');
  });

  it('should have colours only when it is told to', () => {
    // eslint-disable-next-line no-control-regex -- colours are control characters
    const colour = /\u001b\[/;
    expect(prettyLine(REQUEST, true)).toMatch(colour);
    expect(prettyLine(REQUEST, false)).not.toMatch(colour);
    const [red, green] = ['\u001b[31m200', '\u001b[32m200'];
    expect(prettyLine(REQUEST, true)).toContain(green);
    expect(prettyLine({ ...REQUEST, level: 50, outcome: 'failed' }, true)).toContain(red);
  });
});
