import { passThrough } from '../../../test/support/translation.js';
import { LimitCalls } from './limit-calls.js';
import type { Segment } from '../vocabulary/segment.js';

const whole = (call: number, name: string): Segment[] => [
  { kind: 'call-start', call, name },
  { kind: 'call-arguments', call, text: `{"n":"${name}"}` },
  { kind: 'call-end', call },
];
const text: Segment = { kind: 'text', text: 'a' };
const stop: Segment = { kind: 'finish', reason: 'stop' };

describe('limiting calls', () => {
  it('should let all calls through where nothing limits them', () => {
    const segments = [...whole(0, 'f'), text, ...whole(1, 'g'), stop];
    expect(passThrough(new LimitCalls(true, null), segments)).toEqual(segments);
  });

  it('should let only the first call through where calls must not be parallel', () => {
    const segments = [text, ...whole(0, 'f'), text, ...whole(1, 'g'), ...whole(2, 'h'), stop];
    expect(passThrough(new LimitCalls(false, null), segments)).toEqual([text, ...whole(0, 'f'), text, stop]);
  });

  it('should let no trace of an interleaved second call through', () => {
    const [start, args, end] = whole(0, 'f');
    const [start2, args2, end2] = whole(1, 'g');
    const segments = [start, start2, args2, args, end2, end, stop] as Segment[];
    expect(passThrough(new LimitCalls(false, null), segments)).toEqual([start, args, end, stop]);
  });

  it('should let only allowed tools through and keep their numbers dense', () => {
    const segments = [...whole(0, 'f'), ...whole(1, 'g'), ...whole(2, 'h'), stop];
    expect(passThrough(new LimitCalls(true, new Set(['g', 'h'])), segments)).toEqual([
      ...whole(0, 'g'),
      ...whole(1, 'h'),
      stop,
    ]);
  });

  it('should let no call through where none is allowed', () => {
    expect(passThrough(new LimitCalls(true, new Set()), [text, ...whole(0, 'f'), stop])).toEqual([
      text,
      stop,
    ]);
  });

  it('should count only allowed calls where calls must not be parallel', () => {
    const segments = [...whole(0, 'f'), ...whole(1, 'g'), ...whole(2, 'g'), stop];
    expect(passThrough(new LimitCalls(false, new Set(['g'])), segments)).toEqual([...whole(0, 'g'), stop]);
  });
});
