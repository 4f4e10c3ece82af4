import { buildUsage } from '../segments/read-usage.js';
import type { Segment, SegmentStage } from '../vocabulary/segment.js';
import { guardStages } from './guard-stages.js';

const text = (value: string): Segment => ({ kind: 'text', text: value });
const usage: Segment = { kind: 'usage', usage: buildUsage({ input: 1, output: 1 }) };
const CUT: Segment = { kind: 'finish', reason: 'content_filter', cut: true };

const add = (letter: string): SegmentStage => ({
  pushSegment: (segment, emit) => {
    emit(segment.kind === 'text' ? text(segment.text + letter) : segment);
  },
});
const cutting: SegmentStage = {
  pushSegment: (segment, emit) => {
    emit(segment.kind === 'text' && segment.text === 'bad' ? CUT : segment);
  },
};

function run(stages: SegmentStage[], segments: Segment[], isEnded = () => false) {
  const passed: Segment[] = [];
  const errors: unknown[] = [];
  const entrance = guardStages(stages, {
    emit: (segment) => passed.push(segment),
    isEnded,
    fail: (error) => errors.push(error),
    countInput: () => 7,
  });
  for (const segment of segments) entrance(segment);
  return { passed, errors };
}

describe('the stages of deployers', () => {
  it('should see an answer one after the other', () => {
    expect(run([add('a'), add('b')], [text('-'), usage])).toEqual({
      passed: [text('-ab'), usage],
      errors: [],
    });
  });

  it('should see nothing of an answer that has ended', () => {
    expect(run([add('a')], [text('-')], () => true).passed).toEqual([]);
  });

  it('should have what they throw reported', () => {
    const error = new Error('no');
    const failing: SegmentStage = {
      pushSegment: () => {
        throw error;
      },
    };
    expect(run([failing], [text('-')])).toEqual({ passed: [], errors: [error] });
  });

  it('should not hide the cost of an answer that one of them ends', () => {
    const { passed } = run([cutting], [text('good'), text('bad')]);
    const estimated = { kind: 'usage', usage: { input_tokens: 7, output_tokens: 2 } };
    expect(passed).toMatchObject([text('good'), estimated, CUT]);
    expect(run([cutting], [usage, text('bad')]).passed).toEqual([usage, CUT]);
  });
});
