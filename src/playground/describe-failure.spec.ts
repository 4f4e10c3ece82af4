import { GatewayFailure } from './page/call-gateway.js';
import { describeFailure } from './page/describe-failure.js';

const failure = (status: number): GatewayFailure =>
  new GatewayFailure({ status, message: 'Said the gateway.', code: 'a_code', param: undefined });

describe('describeFailure', () => {
  it.each([
    [401, true, 'The key was refused', true],
    [401, false, 'A key is needed', true],
    [429, true, 'Error 429', false],
    [200, true, 'The answer failed', false],
    [0, true, 'No answer', false],
  ])('should call %d, with a key: %s, "%s"', (status, hasKey, title, wantsKey) => {
    expect(describeFailure(failure(status), hasKey)).toEqual({
      title,
      message: 'Said the gateway.',
      facts: [['code', 'a_code']],
      wantsKey,
    });
  });

  it('should take any other error for a broken connection', () => {
    expect(describeFailure(new TypeError('network error'), true).title).toBe('The connection broke');
  });
});
