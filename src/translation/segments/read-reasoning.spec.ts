import { passThrough } from '../../../test/support/translation.js';
import { parseThinking } from '../../reasoning-parsers/lib/parse-thinking.js';
import { ReadReasoning } from './read-reasoning.js';
import { buildUsage } from './read-usage.js';
import type { Segment } from '../vocabulary/segment.js';

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

  const usageOf = (segments: readonly Segment[]) =>
    segments.flatMap((segment) => (segment.kind === 'usage' ? [segment.usage] : [])).at(-1);
  const counted = (reasoning = 0): Segment => ({
    kind: 'usage',
    usage: buildUsage({ input: 9, cached: 4, output: 20, reasoning }),
  });

  it.each<[string, Segment[]]>([
    ['behind the answer', [text('<think>12345'), text('</think>abcdefg'), stop, counted()]],
    ['ahead of it', [counted(), text('<think>12345</think>abcdefg'), stop]],
    ['all along', [text('<think>12345'), counted(), text('</think>abcdefg'), counted(), stop]],
  ])('should have the share of the tokens that it has of the characters, counted %s', (_when, segments) => {
    expect(usageOf(passThrough(open(false), segments))).toEqual(
      buildUsage({ input: 9, cached: 4, output: 20, reasoning: 4 }),
    );
  });

  it('should have the tokens that the server has counted', () => {
    const segments = passThrough(open(false), [text('<think>12345</think>a'), stop, counted(11)]);
    expect(usageOf(segments)).toEqual(buildUsage({ input: 9, cached: 4, output: 20, reasoning: 11 }));
    expect(usageOf(passThrough(open(false), [text('a'), stop, counted()]))).toMatchObject({
      output_tokens_details: { reasoning_tokens: 0 },
    });
  });

  it('should leave the text its log probabilities, in a stream and in one piece', () => {
    const tokens = ['<think>', '\n', 'hm', '</think>', '\n\n', 'hm', '!'];
    const entry = (token: string) => ({
      token,
      logprob: -1,
      bytes: [...Buffer.from(token)],
      top_logprobs: [],
    });
    const streamed = tokens.map((token): Segment => ({
      kind: 'text',
      text: token,
      logprobs: [entry(token)],
    }));
    const whole: Segment = { kind: 'text', text: tokens.join(''), logprobs: tokens.map(entry) };
    for (const segments of [streamed, [whole]]) {
      const passed = passThrough(open(false), [...segments, stop]);
      const found = passed.flatMap((segment) => (segment.kind === 'text' ? (segment.logprobs ?? []) : []));
      expect(found.map(({ token }) => token)).toEqual(['\n\n', 'hm', '!']);
    }
  });
});
