import { passThrough } from '../../../test/support/translation.js';
import { CollectSummary } from './collect-summary.js';
import type { Segment } from '../vocabulary/segment.js';

const seal = (summary: string) => `sealed:${summary}`;
const run = (...segments: Segment[]) => passThrough(new CollectSummary(seal), segments);
const text = (value: string): Segment => ({ kind: 'text', text: value });
const reasoning = (value: string): Segment => ({ kind: 'reasoning', text: value });
const finish = (reason: 'stop' | 'length' | 'content_filter'): Segment => ({ kind: 'finish', reason });

describe('a collected summary', () => {
  it('should be the whole text, sealed, right before the end', () => {
    expect(run(reasoning('hm'), text('\n\nThey want '), text('blue.\n'), finish('stop'))).toEqual([
      { kind: 'compaction', content: 'sealed:They want blue.' },
      finish('stop'),
    ]);
  });

  it('should be the reasoning where there is no text', () => {
    expect(run(reasoning('They want '), reasoning('blue.'), text(' '), finish('stop'))).toEqual([
      { kind: 'compaction', content: 'sealed:They want blue.' },
      finish('stop'),
    ]);
  });

  it.each(['length', 'content_filter'] as const)('should not be given when it ends by %s', (reason) => {
    expect(run(text('They wa'), finish(reason))).toEqual([finish(reason)]);
  });

  it('should be a failure when there is nothing', () => {
    const calls: Segment[] = [
      { kind: 'call-start', call: 0, name: 'f' },
      { kind: 'call-arguments', call: 0, text: '{}' },
      { kind: 'call-end', call: 0 },
      { kind: 'refusal', text: 'No.' },
    ];
    expect(run(...calls, finish('stop'))).toMatchObject([
      { kind: 'failure', error: { code: 'upstream_error' } },
    ]);
  });

  it('should let usage and failures through', () => {
    const failure = { kind: 'failure' } as unknown as Segment;
    const usage = { kind: 'usage' } as unknown as Segment;
    expect(run(text('a'), usage, failure)).toEqual([usage, failure]);
  });
});
