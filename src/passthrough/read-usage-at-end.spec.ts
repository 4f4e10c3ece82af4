import fc from 'fast-check';
import { chatStream, completion, usageOf } from '../../test/support/fake-upstream.js';
import { AnswerWatcher } from './answer-watcher.js';
import type { RequestReport } from '../request/request-report.js';
import { readUsageAtEnd } from './read-usage-at-end.js';

const read = (text: string): [number, number] | null => {
  const usage = readUsageAtEnd(Buffer.from(text));
  return usage ? [usage.input_tokens, usage.output_tokens] : null;
};

describe('readUsageAtEnd', () => {
  it.each<[string, string, [number, number] | null]>([
    ['a completion', completion({ content: 'Hi', usage: usageOf(7, 3) }), [7, 3]],
    ['a stream', chatStream(['Hi'], { usage: usageOf(7, 3) }), [7, 3]],
    ['a stream without usage', chatStream(['Hi'], { usage: null }), null],
    ['embeddings', '{"data":[],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}', [8, 0]],
    [
      'usage before other fields',
      '{"usage" :\n {"prompt_tokens": 8, "completion_tokens": 1},"x":null}',
      [8, 1],
    ],
    [
      'nested counts',
      '{"usage":{"prompt_tokens":8,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":4}}}',
      [8, 1],
    ],
    [
      'counts in every chunk',
      'data: {"usage":{"prompt_tokens":8,"completion_tokens":1}}\n\ndata: {"usage":{"prompt_tokens":8,"completion_tokens":2}}\n\n',
      [8, 2],
    ],
    ['null behind it', '{"usage":{"prompt_tokens":8,"completion_tokens":1}}\n{"usage":null}', [8, 1]],
    ['a text that looks like it', completion({ content: '"usage":{"prompt_tokens":9}', usage: null }), null],
    ['a cut object', '{"usage":{"prompt_tokens":8', null],
    ['a broken object', '{"usage":{"prompt_tokens":}}', null],
    ['no counts', '{"usage":{}}', null],
    ['a list', '{"usage":[1]}', null],
    ['nothing', '', null],
  ])('should read %s', (_what, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('should read the counts behind any answer, however it is cut', () => {
    const texts = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('"usage":{"prompt_tokens":1}', '\\"usage\\":{')),
    );
    const count = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(texts, count, count, fc.integer({ min: 1, max: 900 }), (choices, input, output, size) => {
        const answer = JSON.stringify({ choices, usage: usageOf(input, output) });
        const bytes = Buffer.from(answer);
        const report: RequestReport = {};
        const watcher = new AnswerWatcher(report);
        for (let at = 0; at < bytes.length; at += size) watcher.next(bytes.subarray(at, at + size));
        watcher.complete();
        expect(report.usage).toMatchObject({ input_tokens: input, output_tokens: output });
      }),
    );
  });

  it('should not hold more of an answer than it needs', () => {
    const watcher = new AnswerWatcher({});
    for (let count = 0; count < 10_000; count++) watcher.next(Buffer.alloc(100));
    const { reads } = watcher as unknown as { reads: Buffer[] };
    expect(reads).toHaveLength(41);
  });

  it('should find no end of tries in an end that is made to cost some', () => {
    const startedAt = performance.now();
    expect(read('"usage":{'.repeat(450))).toBeNull();
    console.info(`450 beginnings: ${(performance.now() - startedAt).toFixed(2)} ms`);
  });
});
