import fc from 'fast-check';
import { joined, passThrough } from '../../../test/support/translation.js';
import { buildUsage } from './read-usage.js';
import type { Segment } from '../vocabulary/segment.js';
import { StopAt } from './stop-at.js';

const text = (value: string): Segment => ({ kind: 'text', text: value });
const finish: Segment = { kind: 'finish', reason: 'stop' };
const none = (): number => 0;
const CUT: Segment = { kind: 'finish', reason: 'stop', cut: true };

/** What a client sees: everything up to the first finish. */
function seen(stops: string[], pieces: readonly string[]): { text: string; cut: boolean } {
  const segments = passThrough(new StopAt(stops, none), [...pieces.map(text), finish]);
  const end = segments.findIndex(({ kind }) => kind === 'finish');
  return { text: joined(segments.slice(0, end)), cut: segments[end] !== finish };
}

/** The same, letter by letter: the answer ends with the first letter that completes a stop text. */
function expected(stops: readonly string[], whole: string): { text: string; cut: boolean } {
  for (let end = 1; end <= whole.length; end++) {
    const found = stops.filter((stop) => whole.slice(0, end).endsWith(stop)).map((stop) => stop.length);
    if (found.length > 0) return { text: whole.slice(0, end - Math.max(...found)), cut: true };
  }
  return { text: whole, cut: false };
}

describe('stopping at a text', () => {
  it('should end the answer before the stop text', () => {
    const segments = passThrough(new StopAt(['END'], none), [text('a END b')]);
    expect(segments.filter(({ kind }) => kind !== 'usage')).toEqual([text('a '), CUT]);
  });

  it('should let nothing through behind the stop text but usage', () => {
    const usage: Segment = { kind: 'usage', usage: buildUsage({ input: 3, output: 5 }) };
    const call: Segment = { kind: 'call-start', call: 0, name: 'f' };
    const stage = new StopAt(['END'], none);
    passThrough(stage, [text('a END b')]);
    expect(passThrough(stage, [text('c END d'), call, finish, usage])).toEqual([usage]);
  });

  it('should find a stop text that comes in pieces', () => {
    expect(seen(['END'], ['a E', 'N', 'D b'])).toEqual({ text: 'a ', cut: true });
  });

  it('should hold back no more than the start of a stop text', () => {
    const stage = new StopAt(['END'], none);
    expect(passThrough(stage, [text('one EN')])).toEqual([text('one ')]);
    expect(passThrough(stage, [text('X')])).toEqual([text('ENX')]);
  });

  it('should give back what it held when the answer ends', () => {
    expect(passThrough(new StopAt(['END'], none), [text('a EN'), finish])).toEqual([
      text('a '),
      text('EN'),
      finish,
    ]);
  });

  it('should give back what it held before anything else follows', () => {
    const call: Segment = { kind: 'call-start', call: 0, name: 'f' };
    expect(passThrough(new StopAt(['END'], none), [text('EN'), call])).toEqual([text('EN'), call]);
  });

  it('should not let usage part what belongs together', () => {
    const usage: Segment = {
      kind: 'usage',
      usage: {
        input_tokens: 1,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: 1,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 2,
      },
    };
    expect(passThrough(new StopAt(['END'], none), [text('EN'), usage, text('D')])).toEqual([usage, CUT]);
  });

  it('should end an answer that begins with a stop text without any text', () => {
    const segments = passThrough(new StopAt(['END'], none), [text('END')]);
    expect(segments.filter(({ kind }) => kind !== 'usage')).toEqual([CUT]);
  });

  it('should not look for stop texts in reasoning', () => {
    const reasoning: Segment = { kind: 'reasoning', text: 'END' };
    expect(passThrough(new StopAt(['END'], none), [reasoning, text('a')])).toEqual([reasoning, text('a')]);
  });

  it('should keep the logprobs of the text it lets through', () => {
    const entry = (token: string) => ({
      token,
      logprob: -1,
      bytes: [...Buffer.from(token)],
      top_logprobs: [],
    });
    const segments = passThrough(new StopAt(['END'], none), [
      { kind: 'text', text: 'a E', logprobs: [entry('a'), entry(' E')] },
      { kind: 'text', text: 'x', logprobs: [entry('x')] },
      finish,
    ]);
    const logprobs = segments.flatMap((segment) => (segment.kind === 'text' ? (segment.logprobs ?? []) : []));
    expect(joined(segments)).toBe('a Ex');
    expect(logprobs.map(({ token }) => token)).toEqual(['a', ' E', 'x']);
  });

  it('should stop at the text that is complete first', () => {
    expect(seen(['abc', 'b'], ['abc'])).toEqual({ text: 'a', cut: true });
    expect(seen(['abc', 'b'], ['ab', 'c'])).toEqual({ text: 'a', cut: true });
  });

  it('should end at the same place for any stop texts and however the answer is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 8 });
    const stop = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), minLength: 1, maxLength: 4 });
    const stops = fc.array(stop, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(stops, fc.array(letters, { maxLength: 12 }), (texts, pieces) => {
        expect(seen(texts, pieces)).toEqual(expected(texts, pieces.join('')));
      }),
      { numRuns: 1000 },
    );
  });

  it('should leave the text behind a call alone', () => {
    const segments: Segment[] = [
      { kind: 'call-start', call: 0, name: 'f' },
      { kind: 'call-arguments', call: 0, text: '{"a":' },
      { kind: 'text', text: 'END' },
    ];
    expect(passThrough(new StopAt(['END'], none), segments)).toEqual(segments);
  });

  it('should count the pieces of an answer that it ends, unless the server has counted', () => {
    const usageOf = (...segments: Segment[]) => {
      const passed = passThrough(new StopAt(['END'], () => 40), segments);
      return passed.flatMap((segment) => (segment.kind === 'usage' ? [segment.usage] : []));
    };
    const thought: Segment = { kind: 'reasoning', text: 'hm' };
    expect(usageOf(thought, text('a'), text('b'), text('END'))).toMatchObject([
      {
        input_tokens: 40,
        output_tokens: 4,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 44,
      },
    ]);
    expect(usageOf(text(`${'word '.repeat(20)}END`))).toMatchObject([{ output_tokens: 26 }]);
    const counted: Segment = { kind: 'usage', usage: buildUsage({ input: 3, output: 2 }) };
    expect(usageOf(text('a'), counted, text('END'))).toEqual([counted.usage]);
    expect(usageOf(text('a'), finish)).toEqual([]);
  });

  it('should let through the logprobs of what it lets through, wherever the answer was cut', () => {
    const entry = (token: string) => ({
      token,
      logprob: -1,
      bytes: [...Buffer.from(token)],
      top_logprobs: [],
    });
    const pieces = ['a', ' ', 'E', 'x', 'é', 'EN', 'D', ' b'];
    const streamed = pieces.map((token): Segment => ({
      kind: 'text',
      text: token,
      logprobs: [entry(token)],
    }));
    const whole: Segment = { kind: 'text', text: pieces.join(''), logprobs: pieces.map(entry) };
    const tokensOf = (...segments: Segment[]) => {
      const passed = passThrough(new StopAt(['END'], none), segments);
      const shown = passed.slice(
        0,
        passed.findIndex(({ kind }) => kind === 'finish'),
      );
      return shown.flatMap((segment) =>
        segment.kind === 'text' ? (segment.logprobs ?? []).map(({ token }) => token) : [],
      );
    };
    expect(tokensOf(...streamed)).toEqual(['a', ' ', 'E', 'x', 'é']);
    expect(tokensOf(whole)).toEqual(['a', ' ', 'E', 'x', 'é']);
  });
});
