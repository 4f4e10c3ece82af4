import fc from 'fast-check';
import { readQueue } from './read-queue.js';

describe('readQueue', () => {
  it.each([
    ['lmdeploy:num_requests_waiting{model_name="qwen",engine="0"} 7.0\n', 7],
    [
      'vllm:num_requests_waiting{engine="0",model_name="a{b}c"} 3\nvllm:num_requests_waiting{engine="1"} 4\n',
      7,
    ],
    ['# TYPE sglang:num_queue_reqs gauge\nsglang:num_queue_reqs 1.2e+01\n', 12],
    ['lmdeploy:num_requests_running 4\nlmdeploy:num_requests_waiting 0\n', 0],
    ['# HELP lmdeploy:num_requests_waiting 5\nother_num_requests_waiting 5\n', null],
    ['lmdeploy:num_requests_waiting NaN\n', null],
    ['', null],
  ])('should read %j', (metrics, queue) => {
    expect(readQueue(metrics)).toBe(queue);
  });

  it('should find a number of requests in anything, or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const queue = readQueue(`lmdeploy:num_requests_waiting${text}`);
        expect(queue === null || (Number.isFinite(queue) && queue >= 0)).toBe(true);
      }),
    );
  });
});
