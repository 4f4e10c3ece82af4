import { passThrough } from '../../../test/support/translation.js';
import { AnswerOfReasoning } from './answer-of-reasoning.js';
import type { Segment } from '../vocabulary/segment.js';

const text = (value: string): Segment => ({ kind: 'text', text: value });
const think = (value: string): Segment => ({ kind: 'reasoning', text: value });
const finish = (reason: 'stop' | 'length' = 'stop'): Segment => ({ kind: 'finish', reason });
const call: Segment = { kind: 'call-start', call: 0, name: 'f' };
const seen = (...segments: Segment[]) => passThrough(new AnswerOfReasoning(), segments);

describe('AnswerOfReasoning', () => {
  it.each(['stop', 'length'] as const)('should make text of reasoning that is all there is: %s', (reason) => {
    expect(seen(think('po'), think('ng'), finish(reason))).toEqual([text('po'), text('ng'), finish(reason)]);
  });

  it('should not take white space for an answer', () => {
    expect(seen(think('pong'), text('\n'), finish())).toEqual([text('pong'), text('\n'), finish()]);
  });

  it.each<[string, Segment]>([
    ['text', text('so')],
    ['a call', call],
    ['a refusal', { kind: 'refusal', text: 'no' }],
  ])('should leave reasoning alone in front of %s, and all that follows', (_what, next) => {
    const segments = [think('hm'), text(' '), next, think('more'), finish()];
    expect(seen(...segments)).toEqual(segments);
  });
});
