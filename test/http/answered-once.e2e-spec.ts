import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { GatewayExceptionFilter } from '../../src/request/gateway-exception.filter.js';
import { createTestApp } from '../support/create-test-app.js';
import { postJson, postStream } from '../support/http-client.js';

describe('a request that was answered', () => {
  it.each([false, true])('should not reach the exception filter afterwards (stream: %s)', async (stream) => {
    const filter = jest.spyOn(GatewayExceptionFilter.prototype, 'catch');
    const gateway = await createTestApp();
    const post = stream ? postStream : postJson;
    await post(`${gateway.url}/v1/responses`, { model: 'default', input: 'Reply exactly: pong', stream });
    await gateway.close();
    await turn();
    expect(filter).not.toHaveBeenCalled();
    filter.mockRestore();
  });
});
