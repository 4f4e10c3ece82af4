import { passThrough } from '../../../test/support/translation.js';
import { parseThinking } from '../../reasoning-parsers/lib/parse-thinking.js';
import { ReadReasoning } from './read-reasoning.js';
import type { Segment } from './segment.js';

const open = (startsInside: boolean) =>
  new ReadReasoning(
    parseThinking({ open: '<think>', close: '</think>', startsInside, unclosed: 'reasoning' }),
  );
const text = (value: string): Segment => ({ kind: 'text', text: value });
const think = (value: string): Segment => ({ kind: 'reasoning', text: value });
const stop: Segment = { kind: 'finish', reason: 'stop' };
const likely = (token: string): Segment => ({
  kind: 'text',
  text: token,
  logprobs: [{ token, logprob: -1, bytes: [], top_logprobs: [] }],
});

describe('reasoning that is read out of the text', () => {
  it('should become segments of its own', () => {
    expect(passThrough(open(false), [text('<th'), text('ink>hm</think>ok'), stop])).toEqual([
      think('hm'),
      text('ok'),
      stop,
    ]);
  });

  it('should leave text with its log probabilities alone', () => {
    const segments = [likely('\n'), likely('<'), likely('b'), likely('>'), stop];
    expect(passThrough(open(false), segments)).toEqual(segments);
  });

  it('should leave the text of a server alone that tells reasoning apart', () => {
    const segments = [think('hm'), text('<think>ok</think>'), stop];
    expect(passThrough(open(true), segments)).toEqual(segments);
  });

  it('should give back what it held in front of a call and at the end', () => {
    const call: Segment = { kind: 'call-start', call: 0, name: 'f' };
    expect(passThrough(open(false), [text('<th'), call, stop])).toEqual([text('<th'), call, stop]);
    expect(passThrough(open(false), [text('<th'), stop])).toEqual([text('<th'), stop]);
  });
});
