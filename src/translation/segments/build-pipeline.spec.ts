import { functionTool, translate } from '../../../test/support/translation.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { buildPipeline } from './build-pipeline.js';
import type { Segment, SegmentStage } from '../vocabulary/segment.js';

function run(body: CreateResponseBody, segments: Segment[], parser: SegmentStage | null = null): Segment[] {
  const passed: Segment[] = [];
  const pipeline = buildPipeline(
    translate(body).plan,
    parser,
    (segment) => {
      passed.push(segment);
    },
    { countInput: () => 7 },
  );
  segments.forEach((segment) => {
    pipeline(segment);
  });
  return passed;
}

const text = (value: string): Segment => ({ kind: 'text', text: value });
const call = (number: number, name: string): Segment => ({ kind: 'call-start', call: number, name });
const stop: Segment = { kind: 'finish', reason: 'stop' };

describe('the pipeline of a turn', () => {
  it('should hold blank text back for every plan', () => {
    expect(run({}, [text('\n'), call(0, 'f'), stop])).toEqual([call(0, 'f'), stop]);
  });

  it('should stop at the stop texts of the plan', () => {
    expect(run({ stop: 'END' }, [text('a END b')])).toMatchObject([
      text('a '),
      { kind: 'usage', usage: { input_tokens: 7, output_tokens: 2 } },
      { kind: 'finish', reason: 'stop', cut: true },
    ]);
  });

  it('should leave no trace of a call that is held back, nor of the blanks around it', () => {
    const tools = [functionTool('f')];
    const segments = [text('ok'), call(0, 'f'), text('\n'), call(1, 'f'), text('\n'), stop];
    const passed = run({ tools, parallel_tool_calls: false }, segments);
    expect(passed).toMatchObject([text('ok'), { kind: 'call-start', call: 0, name: 'f' }, stop]);
  });

  it('should hold back calls of tools that were not allowed', () => {
    const body = {
      tools: [functionTool('f'), functionTool('g')],
      tool_choice: { type: 'function', name: 'g' },
    };
    expect(run(body, [call(0, 'f'), call(1, 'g'), stop])).toMatchObject([{ call: 0, name: 'g' }, stop]);
  });

  it('should give the client the tools it declared', () => {
    const body = { tools: [{ type: 'namespace', name: 'n', tools: [functionTool('f')] }] };
    expect(run(body, [call(0, 'n__f')])).toMatchObject([{ name: 'f', tool: { namespace: 'n' } }]);
  });

  it('should look for stop texts in what the parser leaves as text', () => {
    const parser: SegmentStage = {
      pushSegment(segment, emit) {
        if (segment.kind === 'text' && segment.text === '<call>') emit(call(0, 'f'));
        else emit(segment);
      },
    };
    const passed = run(
      { stop: '<call>', tools: [functionTool('f')] },
      [text('a'), text('<call>'), stop],
      parser,
    );
    expect(passed.map(({ kind }) => kind)).toEqual(['text', 'call-start', 'finish']);
  });
});
