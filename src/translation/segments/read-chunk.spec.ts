import { type ChatCompletion, STREAM_END } from '../../contracts/chat-completions.js';
import { ChunkReader } from './read-chunk.js';
import type { Segment } from '../vocabulary/segment.js';

function read(...chunks: unknown[]): Segment[] {
  const segments: Segment[] = [];
  const reader = new ChunkReader({});
  for (const chunk of chunks) reader.pushChunk(chunk as ChatCompletion, (segment) => segments.push(segment));
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
    expect(read({ choices: [{ index: 0, message: { content } }] })).toEqual([
      ...segments,
      { kind: 'finish', reason: 'stop' },
    ]);
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
    expect(segments[2]).toMatchObject({ logprobs: [] });
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
    ['max_tokens', 'length'],
    ['SAFETY', 'content_filter'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
  ])('should read the finish reason %s as %s', (reason, read_as) => {
    expect(read(finish(reason))).toEqual([{ kind: 'finish', reason: read_as }]);
  });

  it.each(['error', 'abort', 'parse_error', 'network_error'])(
    'should read the finish reason %s as a failure',
    (reason) => {
      expect(read(finish(reason))).toMatchObject([
        { kind: 'failure', error: { errorName: 'upstream_error' } },
      ]);
    },
  );

  it('should take a word that is not known for a stop, and say so', () => {
    const warnings: string[] = [];
    const segments: Segment[] = [];
    const reader = new ChunkReader({ warn: (warning) => warnings.push(warning) });
    reader.pushChunk(finish('wormhole') as ChatCompletion, (segment) => segments.push(segment));
    expect(segments).toEqual([{ kind: 'finish', reason: 'stop' }]);
    expect(warnings).toEqual(['unknown_finish_reason']);
  });

  it('should read the word of the server behind a proxy where the proxy makes a stop of it', () => {
    const proxied = (finish_reason: string, native_finish_reason: string) =>
      read(delta({}, { finish_reason, native_finish_reason }));
    expect(proxied('stop', 'MAX_TOKENS')).toEqual([{ kind: 'finish', reason: 'length' }]);
    expect(proxied('stop', 'STOP')).toEqual([{ kind: 'finish', reason: 'stop' }]);
    expect(proxied('stop', 'wormhole')).toEqual([{ kind: 'finish', reason: 'stop' }]);
    expect(proxied('length', 'STOP')).toEqual([{ kind: 'finish', reason: 'length' }]);
  });

  it.each([null, '', undefined])(
    'should complete a whole body whose finish reason is %p',
    (finish_reason) => {
      const body = {
        object: 'chat.completion',
        choices: [{ index: 0, message: { content: 'x' }, finish_reason }],
      };
      expect(read(body)).toEqual([
        { kind: 'text', text: 'x' },
        { kind: 'finish', reason: 'stop' },
      ]);
    },
  );

  it('should not take the first of several streamed messages for the whole answer', () => {
    const piece = (content: string) => ({
      object: 'chat.completion.chunk',
      choices: [{ index: 0, message: { content } }],
    });
    expect(read(piece('a'), piece('b')).map(({ kind }) => kind)).toEqual(['text', 'text']);
  });

  it('should read a stream that the server has ended without a reason as interrupted', () => {
    expect(read(delta({ content: 'x' }), STREAM_END)).toEqual([
      { kind: 'text', text: 'x' },
      { kind: 'finish', reason: 'interrupted' },
    ]);
    expect(read(finish('stop'), STREAM_END)).toEqual([{ kind: 'finish', reason: 'stop' }]);
  });

  it('should fail a call that never got a name, unless the answer was cut', () => {
    const nameless = delta({ tool_calls: [{ index: 0, id: 'a', function: { arguments: '{}' } }] });
    expect(read(nameless, finish('tool_calls'))).toMatchObject([
      { kind: 'failure', error: { errorName: 'upstream_protocol_error' } },
    ]);
    expect(read(nameless, finish('length'))).toEqual([{ kind: 'finish', reason: 'length' }]);
  });

  it('should begin a call in front of what follows it, and at the end', () => {
    const named = delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f' } }] });
    expect(read(named, delta({ content: 'x' }), finish('stop')).map(({ kind }) => kind)).toEqual([
      'call-start',
      'text',
      'finish',
    ]);
    expect(read(named, finish('length')).map(({ kind }) => kind)).toEqual(['call-start', 'finish']);
  });

  it('should read text that comes with the finish reason', () => {
    expect(read(delta({ content: 'end' }, { finish_reason: 'stop' }))).toEqual([
      { kind: 'text', text: 'end' },
      { kind: 'finish', reason: 'stop' },
    ]);
  });

  it('should not stumble over an error that is null', () => {
    expect(read({ error: null, choices: [{ delta: { content: 'x' } }] })).toEqual([
      { kind: 'text', text: 'x' },
    ]);
  });

  it('should read usage from a chunk without choices and from one with', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    expect(read({ choices: [], usage })).toMatchObject([{ kind: 'usage', usage: { input_tokens: 1 } }]);
    expect(read({ ...finish('stop'), usage }).map(({ kind }) => kind)).toContain('usage');
  });

  it('should take the last counts, also where a choice has them', () => {
    const counts = (completion_tokens: number) => ({ prompt_tokens: 3, completion_tokens });
    const last = (...chunks: unknown[]) =>
      read(...chunks)
        .flatMap((segment) => (segment.kind === 'usage' ? [segment.usage] : []))
        .at(-1);
    const counted = { ...delta({ content: 'a' }), usage: counts(1) };
    expect(last(counted, { choices: [], usage: counts(2) })).toMatchObject({ output_tokens: 2 });
    expect(last(counted, { choices: [], usage: {} })).toMatchObject({ input_tokens: 3, output_tokens: 1 });
    expect(last(delta({}, { finish_reason: 'stop', usage: counts(5) }))).toMatchObject({ total_tokens: 8 });
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
    const reader = new ChunkReader({});
    try {
      reader.pushChunk(chunk as unknown as ChatCompletion, (segment) => segments.push(segment));
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
    for (const segment of segments) {
      if ('text' in segment) expect(typeof segment.text).toBe('string');
      if (segment.kind === 'call-start') expect(typeof segment.name).toBe('string');
    }
  });
});
