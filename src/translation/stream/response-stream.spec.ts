import fc from 'fast-check';
import { checkLifecycle, foldStream } from '../../../test/support/lifecycle-oracle.js';
import { eventsOf, finalResponse, openResponseStream } from '../../../test/support/translation.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { ToolBinding } from '../vocabulary/tool-table.js';
import { readUsage } from '../segments/read-usage.js';
import type { FinishReason, Segment } from '../vocabulary/segment.js';
import type { ReasoningOutput } from '../turn-plan.js';

const text = (value: string): Segment => ({ kind: 'text', text: value });
const reasoning = (value: string): Segment => ({ kind: 'reasoning', text: value });
const refusal = (value: string): Segment => ({ kind: 'refusal', text: value });
const start = (call: number, name = 'f', tool?: ToolBinding): Segment => ({
  kind: 'call-start',
  call,
  name,
  tool,
});
const args = (call: number, value: string): Segment => ({ kind: 'call-arguments', call, text: value });
const end = (call: number): Segment => ({ kind: 'call-end', call });
const finish = (reason: FinishReason = 'stop'): Segment => ({
  kind: 'finish',
  reason,
});
const failure: Segment = {
  kind: 'failure',
  error: new GatewayError('upstream_error', { message: 'Broke.' }),
};
const usage: Segment = { kind: 'usage', usage: readUsage({ prompt_tokens: 3, completion_tokens: 2 }) };
const logprobs = [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }];

const binding = (kind: ToolBinding['kind'], namespace: string | null = null): ToolBinding => ({
  kind,
  name: kind,
  namespace,
  wireName: kind,
  parameters: null,
});

const types = (events: readonly ResponseEvent[]) =>
  events.map(({ type }) => type.replace('response.', '')).slice(2);
/** Type, status and text of each item of the final response. */
const outcome = (events: readonly ResponseEvent[]) => {
  checkLifecycle(events, { allowInvalidArguments: true });
  return finalResponse(events).output.map((item) => {
    switch (item.type) {
      case 'message':
        return [
          item.type,
          item.status,
          ...item.content.map((part) => ('text' in part ? part.text : part.refusal)),
        ];
      case 'reasoning':
        return [
          item.type,
          item.status,
          ...[...item.summary, ...(item.content ?? [])].map((part) => part.text),
        ];
      case 'custom_tool_call':
        return [item.type, item.status, item.input];
      case 'compaction':
        return [item.type, item.encrypted_content];
      case 'function_call':
      case 'tool_search_call':
        return [item.type, item.status, item.arguments];
      default:
        return [item.type];
    }
  });
};

describe('the stream of a response', () => {
  it('should send a text in the order of the protocol', () => {
    const events = eventsOf([text('po'), text('ng'), finish(), usage]);
    checkLifecycle(events);
    expect(types(events)).toEqual([
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(finalResponse(events)).toMatchObject({
      status: 'completed',
      completed_at: 1_795_337_549,
      output_text: 'pong',
      usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
    });
  });

  it('should begin with the response as it stands', () => {
    const { stream, events } = openResponseStream();
    stream.start();
    expect(events).toMatchObject([
      { type: 'response.created', sequence_number: 0, response: { status: 'in_progress', output: [] } },
      { type: 'response.in_progress', sequence_number: 1, response: { status: 'in_progress', output: [] } },
    ]);
    expect(stream).toMatchObject({ isEnded: false, hasOutput: false, failure: null, tokens: null });
  });

  it('should not change events that were sent', () => {
    const { stream, events } = openResponseStream();
    stream.start();
    stream.pushSegment(text('a'));
    const before = structuredClone(events);
    stream.pushSegment(text('b'));
    stream.pushSegment(finish());
    stream.end();
    expect(events.slice(0, before.length)).toEqual(before);
  });

  it('should complete an answer of nothing', () => {
    const events = eventsOf([finish()]);
    checkLifecycle(events);
    expect(finalResponse(events)).toMatchObject({ status: 'completed', output: [], output_text: '' });
  });

  it('should count zero tokens where the server counts none', () => {
    expect(finalResponse(eventsOf([text('a'), finish()])).usage).toMatchObject({ total_tokens: 0 });
  });

  it('should take usage before and behind the finish reason', () => {
    for (const segments of [
      [usage, text('a'), finish()],
      [text('a'), finish(), usage],
    ])
      expect(finalResponse(eventsOf(segments)).usage?.total_tokens).toBe(5);
  });

  it('should ignore everything but usage and failures behind the finish reason', () => {
    const events = eventsOf([text('a'), finish(), text('b'), start(0), finish('length')]);
    expect(outcome(events)).toEqual([['message', 'completed', 'a']]);
  });

  it('should emit nothing behind the terminal event', () => {
    const { stream, events } = openResponseStream();
    stream.start();
    stream.pushSegment(text('a'));
    stream.pushSegment(finish());
    stream.end();
    const count = events.length;
    stream.pushSegment(text('b'));
    stream.pushSegment(failure);
    stream.end();
    stream.fail(new GatewayError('upstream_error'));
    expect(events).toHaveLength(count);
    expect(stream).toMatchObject({ isEnded: true, failure: null });
  });

  it('should end at once where the gateway itself ends the answer', () => {
    const { stream, events } = openResponseStream();
    stream.start();
    stream.pushSegment(text('a'));
    stream.pushSegment({ kind: 'finish', reason: 'stop', cut: true });
    expect(stream.isEnded).toBe(true);
    checkLifecycle(events);
  });

  it('should stream logprobs with their deltas and sum them up', () => {
    const events = eventsOf([
      { kind: 'text', text: 'a', logprobs },
      { kind: 'text', text: 'a', logprobs },
      finish(),
    ]);
    checkLifecycle(events);
    expect(finalResponse(events).output).toMatchObject([
      { content: [{ logprobs: [...logprobs, ...logprobs] }] },
    ]);
    const [message] = finalResponse(eventsOf([text('a'), finish()])).output;
    expect(message).toMatchObject({ type: 'message', content: [{ logprobs: [] }] });
  });

  it('should write a refusal as a part of its own', () => {
    const events = eventsOf([text('well '), refusal('no'), refusal('!'), finish()]);
    checkLifecycle(events);
    expect(finalResponse(events)).toMatchObject({
      output: [
        {
          content: [
            { type: 'output_text', text: 'well ' },
            { type: 'refusal', refusal: 'no!' },
          ],
        },
      ],
      output_text: 'well ',
    });
  });
});

describe('reasoning', () => {
  const segments = [reasoning('wh'), reasoning('y'), text('so'), finish()];

  it.each<[ReasoningOutput, string[], Record<string, unknown>]>([
    [
      'summary',
      [
        'reasoning_summary_part.added',
        'reasoning_summary_text.delta',
        'reasoning_summary_text.delta',
        'reasoning_summary_text.done',
        'reasoning_summary_part.done',
      ],
      { summary: [{ type: 'summary_text', text: 'why' }] },
    ],
    [
      'text',
      [
        'content_part.added',
        'reasoning_text.delta',
        'reasoning_text.delta',
        'reasoning_text.done',
        'content_part.done',
      ],
      { summary: [], content: [{ type: 'reasoning_text', text: 'why' }] },
    ],
    [
      'open-responses',
      ['content_part.added', 'reasoning.delta', 'reasoning.delta', 'reasoning.done', 'content_part.done'],
      { summary: [], content: [{ type: 'reasoning_text', text: 'why' }] },
    ],
  ])('should be shown in the form %s, as an item before the message', (form, middle, item) => {
    const events = eventsOf(segments, form);
    checkLifecycle(events);
    expect(types(events).slice(0, 7)).toEqual(['output_item.added', ...middle, 'output_item.done']);
    expect(finalResponse(events).output).toMatchObject([
      { type: 'reasoning', status: 'completed', ...item },
      { type: 'message' },
    ]);
    expect(foldStream(events)).toEqual(finalResponse(events).output);
  });

  it('should leave no trace in the form off', () => {
    const events = eventsOf([text('a'), ...segments], 'off');
    expect(outcome(events)).toEqual([['message', 'completed', 'aso']]);
  });

  it('should count as no output in the form off', () => {
    const { stream } = openResponseStream('off');
    stream.start();
    stream.pushSegment(reasoning('why'));
    expect(stream.hasOutput).toBe(false);
    stream.pushSegment(text('so'));
    expect(stream.hasOutput).toBe(true);
  });

  it('should become a new item each time it comes back', () => {
    const events = eventsOf([
      reasoning('a'),
      text('b'),
      reasoning('c'),
      start(0),
      args(0, '{}'),
      reasoning('d'),
      finish(),
    ]);
    expect(outcome(events)).toEqual([
      ['reasoning', 'completed', 'a'],
      ['message', 'completed', 'b'],
      ['reasoning', 'completed', 'c'],
      ['function_call', 'completed', '{}'],
      ['reasoning', 'completed', 'd'],
    ]);
  });

  it.each<[ReasoningOutput]>([['summary'], ['text'], ['open-responses']])(
    'should be incomplete in the form %s where the answer is cut within',
    (form) => {
      const events = eventsOf([reasoning('why'), finish('length')], form);
      expect(outcome(events)).toEqual([['reasoning', 'incomplete', 'why']]);
    },
  );
});

describe('calls', () => {
  it('should be sent in the order of the protocol', () => {
    const events = eventsOf([start(0, 'search'), args(0, '{"q"'), args(0, ':1}'), end(0), finish()]);
    checkLifecycle(events);
    expect(types(events)).toEqual([
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    expect(finalResponse(events).output).toMatchObject([
      { type: 'function_call', name: 'search', arguments: '{"q":1}', status: 'completed' },
    ]);
  });

  it('should give each an id and a call_id of its own', () => {
    const { output } = finalResponse(eventsOf([start(0), args(0, '{}'), start(1), args(1, '{}'), finish()]));
    const ids = output.flatMap((item) => ('call_id' in item ? [item.id, item.call_id] : []));
    expect(new Set(ids).size).toBe(4);
  });

  it('should be done as soon as the next item shows that they are over', () => {
    const { stream, events } = openResponseStream();
    stream.start();
    for (const segment of [start(0), args(0, '{"a":1}'), start(1)]) stream.pushSegment(segment);
    expect(types(events)).toEqual([
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
    ]);
  });

  it('should have arguments of {} where the model gave none', () => {
    const events = eventsOf([start(0), start(1), end(1), finish()]);
    checkLifecycle(events);
    expect(outcome(events)).toEqual([
      ['function_call', 'completed', '{}'],
      ['function_call', 'completed', '{}'],
    ]);
  });

  it('should be kept apart where they are interleaved', () => {
    const events = eventsOf([
      start(0, 'f'),
      start(1, 'g'),
      args(1, '{"y":'),
      args(0, '{"x":'),
      text('between'),
      args(0, '1}'),
      args(1, '2}'),
      finish(),
    ]);
    checkLifecycle(events);
    expect(outcome(events)).toEqual([
      ['function_call', 'completed', '{"x":1}'],
      ['function_call', 'completed', '{"y":2}'],
      ['message', 'completed', 'between'],
    ]);
  });

  it('should be incomplete where the answer is cut within', () => {
    for (const reason of ['length', 'content_filter'] as const) {
      const events = eventsOf([
        start(0),
        args(0, '{"a":1}'),
        start(1),
        args(1, '{"b":'),
        start(2),
        finish(reason),
      ]);
      checkLifecycle(events);
      expect(outcome(events)).toEqual([
        ['function_call', 'completed', '{"a":1}'],
        ['function_call', 'incomplete', '{"b":'],
        ['function_call', 'incomplete', ''],
      ]);
    }
  });

  it('should be complete where the answer is cut behind them', () => {
    const events = eventsOf([start(0), args(0, '{"a":1}'), finish('length')]);
    expect(outcome(events)).toEqual([['function_call', 'completed', '{"a":1}']]);
  });

  it('should hold whole characters also where their arguments come as an object', () => {
    const events = eventsOf([
      start(0, 'tool_search', binding('tool_search')),
      args(0, '{"query":"a\ud83d'),
      args(0, '\ude00b\ud83d"}'),
      finish(),
    ]);
    expect(finalResponse(events).output).toMatchObject([{ arguments: { query: 'a😀b\ufffd' } }]);
  });

  it.each(['{"a":', '[]', '[{}]', '"x"', '5', 'null', '{}{}'])(
    'should be incomplete where the model has ended with arguments of %s, and so should the response',
    (written) => {
      const events = eventsOf([start(0), args(0, '{}'), start(1), args(1, written), finish()]);
      expect(outcome(events)).toEqual([
        ['function_call', 'completed', '{}'],
        ['function_call', 'incomplete', written],
      ]);
      expect(finalResponse(events)).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'malformed_tool_call' },
      });
    },
  );

  it.each(['', ' ', '\n'])('should be complete where the model has ended with arguments of %p', (written) => {
    const events = eventsOf([start(0), args(0, written), finish()]);
    expect(finalResponse(events)).toMatchObject({ status: 'completed', output: [{ status: 'completed' }] });
  });

  it('should ignore arguments of calls that never began', () => {
    expect(outcome(eventsOf([args(3, '{}'), end(3), text('a'), finish()]))).toEqual([
      ['message', 'completed', 'a'],
    ]);
  });

  it('should be answered as the kind of tool that was declared', () => {
    const events = eventsOf([
      start(0, 'custom', binding('custom', 'ns')),
      args(0, 'plain '),
      args(0, 'text'),
      end(0),
      start(1, 'tool_search', binding('tool_search')),
      args(1, '{"query":"x"}'),
      start(2, 'function', binding('function', 'ns')),
      finish(),
    ]);
    checkLifecycle(events);
    expect(finalResponse(events).output).toMatchObject([
      { type: 'custom_tool_call', name: 'custom', namespace: 'ns', input: 'plain text', status: 'completed' },
      { type: 'tool_search_call', execution: 'client', arguments: { query: 'x' }, status: 'completed' },
      { type: 'function_call', name: 'function', namespace: 'ns', arguments: '{}', status: 'completed' },
    ]);
  });
});

describe('how an answer ends', () => {
  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
    ['interrupted', 'interrupted'],
  ] as const)('should be incomplete with the finish reason %s', (reason, told) => {
    const events = eventsOf([reasoning('why'), text('so'), finish(reason), usage]);
    checkLifecycle(events);
    expect(finalResponse(events)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: told },
      completed_at: null,
      usage: { total_tokens: 5 },
    });
    expect(outcome(events)).toEqual([
      ['reasoning', 'completed', 'why'],
      ['message', 'incomplete', 'so'],
    ]);
  });

  it.each<[string, Segment[], unknown[]]>([
    ['before any output', [], []],
    ['within reasoning', [reasoning('why')], [['reasoning', 'incomplete', 'why']]],
    ['within text', [text('so')], [['message', 'incomplete', 'so']]],
    ['within a refusal', [refusal('no')], [['message', 'incomplete', 'no']]],
    ['behind the name of a call', [start(0)], [['function_call', 'incomplete', '']]],
    ['within arguments', [start(0), args(0, '{"a":')], [['function_call', 'incomplete', '{"a":']]],
    ['behind whole arguments', [start(0), args(0, '{}')], [['function_call', 'incomplete', '{}']]],
    ['behind a call', [start(0), args(0, '{}'), end(0)], [['function_call', 'completed', '{}']]],
    [
      'within two open calls',
      [start(0), start(1), args(1, '{')],
      [
        ['function_call', 'incomplete', ''],
        ['function_call', 'incomplete', '{'],
      ],
    ],
    [
      'within a custom call',
      [start(0, 'custom', binding('custom')), args(0, 'x')],
      [['custom_tool_call', 'incomplete', 'x']],
    ],
    ['behind the finish reason', [text('so'), finish()], [['message', 'completed', 'so']]],
  ])('should tell a failure %s', (_name, segments, items) => {
    const events = eventsOf([...segments, usage, failure]);
    expect(outcome(events)).toEqual(items);
    expect(types(events).slice(-2)).toEqual(['error', 'failed']);
    expect(finalResponse(events)).toMatchObject({
      status: 'failed',
      error: { code: 'server_error', message: 'Broke.' },
      incomplete_details: null,
      usage: { total_tokens: 5 },
    });
  });

  it.each<[string, Segment[]]>([
    ['nothing', []],
    ['text', [text('a')]],
    ['a call', [start(0), args(0, '{}')]],
  ])('should be a failure where the upstream stops without a reason after %s', (_name, segments) => {
    const { stream, events } = openResponseStream();
    stream.start();
    for (const segment of segments) stream.pushSegment(segment);
    stream.end();
    checkLifecycle(events);
    expect(stream.failure?.errorName).toBe('upstream_incomplete');
    expect(finalResponse(events)).toMatchObject({ status: 'failed', usage: null });
  });
});

describe('any answer', () => {
  const word = fc.constantFrom('a', ' ', '\n', '😀', '"', '{}', '\\', 'é', '\u2028', '<b>');
  const piece = fc.constantFrom('{', '"a"', ':', '1', '}', '{}', '[]', '"', '');
  const number = fc.nat({ max: 3 });
  const tool = fc.constantFrom(undefined, binding('function'), binding('custom'), binding('tool_search'));
  const segment: fc.Arbitrary<Segment> = fc.oneof(
    { weight: 3, arbitrary: word.map(text) },
    { weight: 2, arbitrary: word.map(reasoning) },
    { weight: 1, arbitrary: word.map(refusal) },
    { weight: 1, arbitrary: fc.constant<Segment>({ kind: 'text', text: 'a', logprobs }) },
    { weight: 3, arbitrary: fc.tuple(number, tool).map(([call, kind]) => start(call, 'f', kind)) },
    { weight: 5, arbitrary: fc.tuple(number, piece).map(([call, value]) => args(call, value)) },
    { weight: 1, arbitrary: number.map(end) },
    { weight: 1, arbitrary: fc.constant(usage) },
  );
  const last = fc.constantFrom<Segment | null>(
    finish(),
    finish('length'),
    finish('content_filter'),
    failure,
    null,
  );
  const form = fc.constantFrom<ReasoningOutput>('summary', 'text', 'open-responses', 'off');

  /** Calls are numbered once, by whoever makes segments. */
  const withoutRepeatedStarts = (segments: readonly Segment[]) => {
    const begun = new Set<number>();
    return segments.filter((candidate) => {
      if (candidate.kind !== 'call-start') return true;
      const isNew = !begun.has(candidate.call);
      begun.add(candidate.call);
      return isNew;
    });
  };

  it('should keep to the order of the protocol, whatever the segments', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 25 }), last, form, (segments, closing, reasoningForm) => {
        const all = [...withoutRepeatedStarts(segments), ...(closing ? [closing] : [])];
        const events = eventsOf(all, reasoningForm);
        checkLifecycle(events, { allowInvalidArguments: true });
        expect(foldStream(events)).toEqual(finalResponse(events).output);
      }),
      { numRuns: 400 },
    );
  });

  it('should send whole characters only, wherever the text was cut, and no other text than that', () => {
    const unit = fc.constantFrom('a', '"', '北', '\ud83d', '\ude00', '😀', '\udbff');
    const piece = fc.string({ unit, minLength: 1, maxLength: 4 });
    const kinds = fc.constantFrom<(value: string) => Segment>(
      text,
      (value) => ({ kind: 'text', text: value, logprobs }),
      reasoning,
      refusal,
      (value) => args(0, value),
      (value) => args(1, value),
    );
    const opened = [start(0), start(1, 'custom', binding('custom'))];
    const segments = fc.array(
      fc.tuple(kinds, piece).map(([make, value]) => make(value)),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(segments, last, form, (said, closing, reasoningForm) => {
        const events = eventsOf([...opened, ...said, ...(closing ? [closing] : [])], reasoningForm);
        checkLifecycle(events, { allowInvalidArguments: true });
        const response = finalResponse(events);
        expect(foldStream(events)).toEqual(response.output);
        expect(JSON.stringify(response)).not.toMatch(/\\ud[89a-f]/);
        const entries = response.output
          .flatMap((item) => (item.type === 'message' ? item.content : []))
          .flatMap((part) => (part.type === 'output_text' ? part.logprobs : []));
        expect(entries).toHaveLength(said.filter((one) => 'logprobs' in one).length);
        for (const call of [0, 1]) {
          const written = said.map((one) =>
            one.kind === 'call-arguments' && one.call === call ? one.text : '',
          );
          const item = response.output.find(
            ({ type }) => type === (call ? 'custom_tool_call' : 'function_call'),
          );
          expect(item).toMatchObject({ [call ? 'input' : 'arguments']: expect.any(String) as string });
          if (closing?.kind === 'finish' && written.join('').trim() !== '')
            expect(item).toMatchObject({ [call ? 'input' : 'arguments']: written.join('').toWellFormed() });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('should keep all text that was said before it ended', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 25 }), form, (segments, reasoningForm) => {
        const said = withoutRepeatedStarts(segments);
        const response = finalResponse(eventsOf([...said, finish()], reasoningForm));
        const expected = said.map((one) => (one.kind === 'text' ? one.text : '')).join('');
        expect(response.output_text).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });
});
