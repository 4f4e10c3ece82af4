import { GatewayError } from '../../errors/gateway-error.js';
import type { ChatCompletion } from '../../contracts/chat-completions.js';
import { ChunkReader } from './read-chunk.js';
import type { Segment } from './segment.js';

const READ_ERROR = new GatewayError('upstream_error', { message: 'read' });

function read(...chunks: unknown[]): Segment[] {
  const segments: Segment[] = [];
  const reader = new ChunkReader(() => READ_ERROR);
  for (const chunk of chunks) reader.push(chunk as ChatCompletion, (segment) => segments.push(segment));
  return segments;
}

const delta = (fields: unknown, more: Record<string, unknown> = {}) => ({
  choices: [{ index: 0, delta: fields, ...more }],
});
const finish = (finish_reason: string) => delta({ content: '' }, { finish_reason });

describe('reading chunks', () => {
  it('should read text, reasoning and refusal', () => {
    expect(
      read(delta({ reasoning_content: 'why' }), delta({ content: 'so' }), delta({ refusal: 'no' })),
    ).toEqual([
      { kind: 'reasoning', text: 'why' },
      { kind: 'text', text: 'so' },
      { kind: 'refusal', text: 'no' },
    ]);
  });

  it('should know reasoning by its other name', () => {
    expect(read(delta({ reasoning: 'why' }))).toEqual([{ kind: 'reasoning', text: 'why' }]);
  });

  it('should read reasoning once where a server sends it under both names', () => {
    expect(read(delta({ reasoning: 'why', reasoning_content: 'why' }))).toEqual([
      { kind: 'reasoning', text: 'why' },
    ]);
  });

  it('should make nothing of empty and missing fields', () => {
    expect(
      read(
        delta({ role: 'assistant', content: '' }),
        delta({ content: null, reasoning_content: null, tool_calls: null, refusal: null }),
        delta({ tool_calls: [] }),
        delta(null),
        delta({}),
        { choices: [] },
        { choices: null, usage: null },
        {},
      ),
    ).toEqual([]);
  });

  it('should read a whole message as one big delta, in the order reasoning, text, refusal, calls', () => {
    const message = {
      role: 'assistant',
      content: 'so',
      reasoning_content: 'why',
      refusal: 'no',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
    };
    const usage = { prompt_tokens: 1, completion_tokens: 2 };
    const segments = read({ choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage });
    expect(segments.filter(({ kind }) => kind !== 'usage').map(({ kind }) => kind)).toEqual([
      'reasoning',
      'text',
      'refusal',
      'call-start',
      'call-arguments',
      'finish',
    ]);
    expect(segments.find(({ kind }) => kind === 'usage')).toMatchObject({ usage: { total_tokens: 3 } });
  });

  it.each<[string, unknown, [string, string][]]>([
    [
      "Mistral's thinking",
      [{ type: 'thinking', thinking: [{ type: 'text', text: 'why' }] }],
      [['reasoning', 'why']],
    ],
    [
      'thinking, text and thinking in their order',
      [
        {
          type: 'thinking',
          thinking: [
            { type: 'text', text: 'w' },
            { type: 'text', text: 'hy' },
          ],
        },
        { type: 'text', text: 'so' },
        { type: 'thinking', thinking: 'again' },
        { type: 'text', text: 'there' },
      ],
      [
        ['reasoning', 'w'],
        ['reasoning', 'hy'],
        ['text', 'so'],
        ['reasoning', 'again'],
        ['text', 'there'],
      ],
    ],
    [
      'texts',
      ['a', { type: 'output_text', text: 'b' }, { text: 'c' }],
      [
        ['text', 'a'],
        ['text', 'b'],
        ['text', 'c'],
      ],
    ],
    [
      'reasoning',
      [
        { type: 'reasoning', text: 'a' },
        { type: 'reasoning', reasoning: 'b' },
      ],
      [
        ['reasoning', 'a'],
        ['reasoning', 'b'],
      ],
    ],
    [
      'a reasoning item',
      [{ type: 'reasoning', content: [{ type: 'reasoning_text', text: 'a' }] }],
      [['reasoning', 'a']],
    ],
    ['a refusal', [{ type: 'refusal', refusal: 'no' }], [['refusal', 'no']]],
    ['an object', { type: 'text', text: 'a' }, [['text', 'a']]],
    [
      'parts without text',
      [{ type: 'reference', reference_ids: [1] }, null, {}, { type: 'text', text: '' }, []],
      [],
    ],
  ])('should read content of %s', (_what, content, expected) => {
    const segments = expected.map(([kind, text]) => ({ kind, text }));
    expect(read(delta({ content }))).toEqual(segments);
    expect(read({ choices: [{ index: 0, message: { content } }] })).toEqual(segments);
  });

  it.each(['reasoning', 'reasoning_content'])('should read parts and objects of %s as reasoning', (field) => {
    const value = [{ type: 'text', text: 'a' }, 'b', { type: 'thinking', thinking: 'c' }];
    expect(read(delta({ [field]: value }), delta({ [field]: { text: 'd' } }))).toEqual(
      ['a', 'b', 'c', 'd'].map((text) => ({ kind: 'reasoning', text })),
    );
  });

  it('should keep logprobs with the first of several texts', () => {
    const logprobs = { content: [{ token: 'a', logprob: -1 }] };
    const segments = read(delta({ content: [{ type: 'thinking', thinking: 'w' }, 'a', 'b'] }, { logprobs }));
    expect(segments).toMatchObject([
      { kind: 'reasoning' },
      { text: 'a', logprobs: [{ token: 'a' }] },
      { text: 'b' },
    ]);
    expect(segments[2]).not.toHaveProperty('logprobs');
  });

  it.each([
    [
      [
        { index: 1, delta: { content: 'x' } },
        { index: 0, delta: { content: 'a' } },
      ],
    ],
    [[null, { index: 2, delta: { content: 'x' } }, { delta: { content: 'a' } }]],
    [
      [
        { index: 1, delta: { content: 'x' } },
        { index: null, delta: { content: 'a' } },
      ],
    ],
    [
      [
        { index: 0, delta: { content: 'a' } },
        { index: 1, delta: { content: 'x' } },
      ],
    ],
  ])('should read the choice of index 0 wherever it stands: %j', (choices) => {
    expect(read({ choices })).toEqual([{ kind: 'text', text: 'a' }]);
  });

  it.each(['', false, 0, null])('should not take an error of %j for one', (error) => {
    expect(read({ ...delta({ content: 'a' }), error })).toEqual([{ kind: 'text', text: 'a' }]);
  });

  it('should read only the first choice', () => {
    expect(read({ choices: [{ index: 1, delta: { content: 'x' } }] })).toEqual([]);
    expect(read({ choices: [{ delta: { content: 'x' } }] })).toEqual([{ kind: 'text', text: 'x' }]);
  });

  it('should give text its logprobs', () => {
    const logprobs = { content: [{ token: 'so', logprob: -0.5, bytes: [115, 111], top_logprobs: [] }] };
    expect(read(delta({ content: 'so' }, { logprobs }))).toEqual([
      { kind: 'text', text: 'so', logprobs: logprobs.content },
    ]);
    expect(read(delta({ content: 'so' }, { logprobs: { content: null } }))).toEqual([
      { kind: 'text', text: 'so' },
    ]);
  });

  it.each([
    ['stop', 'stop'],
    ['tool_calls', 'stop'],
    ['function_call', 'stop'],
    ['parse_error', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
  ])('should read the finish reason %s as %s', (reason, read_as) => {
    expect(read(finish(reason))).toEqual([{ kind: 'finish', reason: read_as }]);
  });

  it.each(['error', 'abort'])('should read the finish reason %s as a failure', (reason) => {
    expect(read(finish(reason))).toMatchObject([{ kind: 'failure', error: { errorName: 'upstream_error' } }]);
  });

  it('should read text that comes with the finish reason', () => {
    expect(read(delta({ content: 'end' }, { finish_reason: 'stop' }))).toEqual([
      { kind: 'text', text: 'end' },
      { kind: 'finish', reason: 'stop' },
    ]);
  });

  it('should hand an error over to the reader of errors', () => {
    expect(read({ error: { message: 'x' } })).toEqual([{ kind: 'failure', error: READ_ERROR }]);
    expect(read({ error: null, choices: [{ delta: { content: 'x' } }] })).toEqual([
      { kind: 'text', text: 'x' },
    ]);
  });

  it('should read usage from a chunk without choices and from one with', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    expect(read({ choices: [], usage })).toMatchObject([{ kind: 'usage', usage: { input_tokens: 1 } }]);
    expect(read({ ...finish('stop'), usage }).map(({ kind }) => kind)).toContain('usage');
  });

  it('should read usage before what may end the answer, so that no count is lost', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    expect(read({ ...delta({ content: 'x' }, { finish_reason: 'stop' }), usage })[0]).toMatchObject({
      kind: 'usage',
    });
  });

  it.each([
    ['content that is a number', delta({ content: 5 })],
    ['content that is a list', delta({ content: [{ type: 'text', text: 'x' }] })],
    ['reasoning that is an object', delta({ reasoning_content: {} })],
    ['a refusal that is true', delta({ refusal: true })],
    ['tool calls that are an object', delta({ tool_calls: { 0: {} } })],
    ['a tool call that is null', delta({ tool_calls: [null] })],
    ['a name that is a number', delta({ tool_calls: [{ index: 0, function: { name: 5 } }] })],
    [
      'arguments that are a number',
      delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: 5 } }] }),
    ],
    ['choices that are an object', { choices: {} }],
    ['choices that are text', { choices: 'x' }],
    ['a choice that is text', { choices: ['x'] }],
    ['a delta that is text', delta('x')],
    ['logprobs that are an object', delta({ content: 'x' }, { logprobs: { content: {} } })],
    ['a logprob that is null', delta({ content: 'x' }, { logprobs: { content: [null] } })],
  ])('should never make a segment of a wrong type of %s', (_name, chunk) => {
    const segments: Segment[] = [];
    const reader = new ChunkReader(() => READ_ERROR);
    try {
      reader.push(chunk as unknown as ChatCompletion, (segment) => segments.push(segment));
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
    for (const segment of segments) {
      if ('text' in segment) expect(typeof segment.text).toBe('string');
      if (segment.kind === 'call-start') expect(typeof segment.name).toBe('string');
    }
  });
});
