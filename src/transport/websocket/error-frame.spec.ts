import { GatewayError } from '../../errors/gateway-error.js';
import { errorFrame } from './error-frame.js';

describe('errorFrame', () => {
  it('should hold the envelope, the status and the headers that a client can use', () => {
    const error = new GatewayError('rate_limit_exceeded', { retryAfter: 20, headers: { 'x-inner': '1' } });
    expect(JSON.parse(errorFrame(error, 'req_1'))).toEqual({
      type: 'error',
      status: 429,
      error: {
        message: 'Too many requests.',
        type: 'rate_limit_error',
        param: null,
        code: 'rate_limit_exceeded',
      },
      headers: { 'x-request-id': 'req_1', 'retry-after': '20' },
    });
  });
});
