import { FAILURE_CODES } from '../../../test/support/lifecycle-oracle.js';
import { ERROR_TABLE, type ErrorName } from '../../errors/error-table.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { errorEvent, failureCode } from './failure-events.js';

describe('the code of a failed response', () => {
  it.each<[ErrorName, string]>([
    ['rate_limit_exceeded', 'rate_limit_exceeded'],
    ['context_length_exceeded', 'context_length_exceeded'],
    ['invalid_request', 'invalid_prompt'],
    ['upstream_error', 'server_error'],
    ['upstream_timeout', 'server_error'],
    ['upstream_incomplete', 'server_error'],
    ['upstream_overloaded', 'server_error'],
    ['internal_error', 'server_error'],
    ['invalid_api_key', 'server_error'],
  ])('should be of %s: %s', (name, code) => {
    expect(failureCode(new GatewayError(name))).toBe(code);
  });

  it('should be of the closed list for every error there is', () => {
    for (const name of Object.keys(ERROR_TABLE) as ErrorName[])
      expect(FAILURE_CODES).toContain(failureCode(new GatewayError(name)));
  });
});

describe('the error event', () => {
  it('should tell the failure flat and nested, with the same code', () => {
    const error = new GatewayError('invalid_request', { message: 'Bad.', param: 'input' });
    expect(errorEvent(error, 7)).toEqual({
      type: 'error',
      sequence_number: 7,
      code: 'invalid_prompt',
      message: 'Bad.',
      param: 'input',
      error: { type: 'invalid_request_error', code: 'invalid_prompt', message: 'Bad.', param: 'input' },
    });
  });

  it('should not let the cause out', () => {
    const error = new GatewayError('upstream_error', { cause: 'http://10.0.0.1/secret' });
    expect(JSON.stringify(errorEvent(error, 0))).not.toContain('secret');
  });
});
