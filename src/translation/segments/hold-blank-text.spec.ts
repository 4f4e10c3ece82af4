import fc from 'fast-check';
import { joined, passThrough } from '../../../test/support/translation.js';
import { HoldBlankText } from './hold-blank-text.js';
import type { Segment } from '../vocabulary/segment.js';

const text = (value: string): Segment => ({ kind: 'text', text: value });
const reasoning: Segment = { kind: 'reasoning', text: 'why' };
const call: Segment = { kind: 'call-start', call: 0, name: 'f' };
const stop: Segment = { kind: 'finish', reason: 'stop' };
const held = (...segments: Segment[]) => passThrough(new HoldBlankText(null), segments);

describe('holding blank text back', () => {
  it('should pass text on at once', () => {
    expect(held(text('a'), text(' '), text('b'))).toEqual([text('a'), text(' '), text('b')]);
  });

  it('should hold blank text until visible text follows', () => {
    const stage = new HoldBlankText(null);
    expect(passThrough(stage, [text('\n'), text(' ')])).toEqual([]);
    expect(passThrough(stage, [text('a')])).toEqual([text('\n'), text(' '), text('a')]);
  });

  it('should drop blank text between reasoning and a call', () => {
    expect(held(reasoning, text('\n\n'), call, stop)).toEqual([reasoning, call, stop]);
  });

  it('should drop blank text between calls and behind the last', () => {
    const second: Segment = { ...call, call: 1 };
    expect(held(call, text('\n'), second, text('\n'), stop)).toEqual([call, second, stop]);
  });

  it('should not bring dropped blank text back before later text', () => {
    expect(held(text('\n\n'), call, text('a'), stop)).toEqual([call, text('a'), stop]);
  });

  it('should keep blank text before visible text behind a call', () => {
    expect(held(call, text('\n'), text('a'), stop)).toEqual([call, text('\n'), text('a'), stop]);
  });

  it('should keep blank text behind visible text of the same message', () => {
    expect(held(text('a'), text('\n'), call, stop)).toEqual([text('a'), text('\n'), call, stop]);
  });

  it('should keep blank text over reasoning', () => {
    expect(held(text('\n'), reasoning, text('a'), stop)).toEqual([reasoning, text('\n'), text('a'), stop]);
  });

  it('should pass blank text on where it is the whole answer', () => {
    expect(held(text('\n'), text(' '), stop)).toEqual([text('\n'), text(' '), stop]);
    expect(held(reasoning, text('\n'), stop)).toEqual([reasoning, text('\n'), stop]);
  });

  it.each<[string, Segment[], boolean]>([
    ['nothing', [], true],
    ['white space', [text('\n'), text(' ')], true],
    ['reasoning', [reasoning], true],
    ['text', [text('a')], false],
    ['a call', [call], false],
    ['a refusal', [{ kind: 'refusal', text: 'no' }], false],
  ])('should tell whether an answer that stops with %s is empty', (_what, segments, isEmpty) => {
    const warnings: string[] = [];
    const stage = new HoldBlankText((warning) => warnings.push(warning));
    expect(passThrough(stage, [...segments, stop]).at(-1)).toEqual(
      isEmpty ? { ...stop, reason: 'empty' } : stop,
    );
    expect(warnings).toEqual(isEmpty ? ['empty_answer'] : []);
  });

  it.each<Segment>([
    { kind: 'finish', reason: 'length' },
    { kind: 'finish', reason: 'no_required_call' },
    { kind: 'finish', reason: 'stop', cut: true },
  ])('should not call an answer empty that has another reason to hold nothing: %j', (finish) => {
    const warnings: string[] = [];
    expect(passThrough(new HoldBlankText((warning) => warnings.push(warning)), [finish])).toEqual([finish]);
    expect(warnings).toEqual([]);
  });

  it('should drop blank text beside a refusal', () => {
    const refusal: Segment = { kind: 'refusal', text: 'no' };
    expect(held(text('\n'), refusal, stop)).toEqual([refusal, stop]);
  });

  it('should keep the logprobs of what it held', () => {
    const logprobs = [{ token: '\n', logprob: 0, bytes: [10], top_logprobs: [] }];
    const blank: Segment = { kind: 'text', text: '\n', logprobs };
    expect(held(blank, text('a'))).toEqual([blank, text('a')]);
  });

  it('should never lose text other than blanks, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', ' ', '\n', 'b c', ' d')), (pieces) => {
        const passed = joined(held(...pieces.map(text), stop));
        expect(passed).toBe(pieces.join(''));
      }),
    );
  });
});
