import fc from 'fast-check';
import { splitBytes } from '../../test/support/split-bytes.js';
import { ChunkParser } from './chunk-parser.js';
import { learnShape } from './chunk-shape.js';
import { parsePythonJson } from './parse-python-json.js';
import { SseDecoder } from './sse-decoder.js';

const FIELDS = ['content', 'reasoning_content', 'reasoning', 'arguments'] as const;
type Field = (typeof FIELDS)[number];

const chunkOf = (
  field: Field,
  text: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  id: 'chatcmpl-"content":',
  object: 'chat.completion.chunk',
  model: 'a\\b',
  choices: [
    {
      index: 0,
      delta:
        field === 'arguments'
          ? { role: 'assistant', tool_calls: [{ index: 0, type: 'function', function: { arguments: text } }] }
          : { role: 'assistant', [field]: text },
    },
  ],
  usage: null,
  ...more,
});

/** JSON as Python's json.dumps writes it: spaces, and ASCII only. */
const asPython = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/[\u0080-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const TEXT = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '"',
    '\\',
    '\\"',
    '","content":"',
    '{"content": "x"}',
    '\u2028',
    '🙂',
    '\ud800',
    '}}]}',
  ),
);

describe('ChunkParser', () => {
  it.each(FIELDS)('should return what JSON.parse returns for chunks that differ in %s', (field) => {
    fc.assert(
      fc.property(fc.array(TEXT, { minLength: 1 }), fc.boolean(), (texts, isPython) => {
        const parser = new ChunkParser();
        for (const text of ['first', ...texts]) {
          const chunk = chunkOf(field, text);
          const data = isPython ? asPython(chunk) : JSON.stringify(chunk);
          expect(parser.parse(data)).toEqual(JSON.parse(data));
        }
      }),
    );
  });

  it('should return what JSON.parse returns for any order of chunks of any shape', () => {
    const usage = fc.constantFrom({}, { usage: { prompt_tokens: 1 } }, { choices: [] }, { id: 'another' });
    const step = fc.tuple(fc.constantFrom(...FIELDS), TEXT, usage);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const parser = new ChunkParser();
        for (const [field, text, more] of steps) {
          const data = JSON.stringify(chunkOf(field, text, more));
          expect(parser.parse(data)).toEqual(JSON.parse(data));
        }
      }),
    );
  });

  it.each([
    ['a space before its colon', '"content" : "a"'],
    ['an escape', '"c\\u006fntent":"a"'],
  ])('should read a key that stands there twice, once with %s', (_what, twin) => {
    const chunk = (text: string) => `{"choices":[{"delta":{"content":"${text}",${twin}}}]}`;
    const parser = new ChunkParser();
    for (const text of ['a', 'b', 'a', 'c']) {
      expect(parser.parse(chunk(text))).toEqual(JSON.parse(chunk(text)));
    }
  });

  it('should return what JSON.parse returns for chunks of any members', () => {
    const text = fc.constantFrom('a', 'b', 'NaN', '"content":"a"');
    const value = fc.oneof(text, fc.constantFrom(null, 0, true, [], {}, ['a'], { text: 'a' }));
    const member = fc.tuple(fc.constantFrom(...FIELDS, 'role', 'index', 'text', '__proto__'), value);
    const object = fc
      .array(member, { maxLength: 4 })
      .map((members) => members.map(([key, one]) => `"${key}":${JSON.stringify(one)}`).join(','));
    const chunk = fc
      .tuple(object, object, object)
      .map(
        ([top, choice, delta]) =>
          `{${top && `${top},`}"choices":[{${choice && `${choice},`}"delta":{${delta}}}]}`,
      );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 3 }), fc.array(text, { maxLength: 5 }), (chunks, texts) => {
        const parser = new ChunkParser();
        for (const one of chunks) {
          for (const data of [
            one,
            ...texts.map((other) => one.replaceAll(':"a"', () => `:${JSON.stringify(other)}`)),
          ]) {
            expect(parser.parse(data)).toEqual(JSON.parse(data));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  describe('reading whole events', () => {
    const MAX_BYTES = 65_536;

    /** @returns how many events were taken without being parsed */
    function decode(pieces: readonly Buffer[], found: unknown[]): number {
      const parser = new ChunkParser();
      let taken = 0;
      const decoder = new SseDecoder(
        (data, event) => found.push([event, parser.parse(data)]),
        MAX_BYTES,
        (lines, start) =>
          parser.readEvents(lines, start, (chunk) => {
            taken++;
            found.push([null, chunk]);
          }),
      );
      for (const piece of pieces) decoder.pushBytes(piece);
      decoder.end();
      return taken;
    }

    it('should find the chunks that JSON.parse finds, wherever the stream is cut', () => {
      const frame = fc.constantFrom<[start: string, end: string]>(
        ...Array<[string, string]>(4).fill(['data: ', '\n\n']),
        ['data:', '\n\n'],
        ['data: ', '\r\n\r\n'],
        ['data: ', '\n: ping\n\n'],
        ['event: x\ndata: ', '\n\n'],
        [': ping\n\ndata: ', '\n\n\n'],
      );
      const step = fc.tuple(fc.constantFrom<Field>('content', 'content', 'arguments'), TEXT, frame);
      const split = fc.record({ seed: fc.nat(), max: fc.constantFrom(40, 400, 4_000) });
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), split, (steps, mode) => {
          let stream = '';
          const expected = steps.map(([field, text, [start, end]]): unknown => {
            const chunk = JSON.stringify(chunkOf(field, text));
            stream += start + chunk + end;
            return [start.startsWith('event') ? 'x' : null, JSON.parse(chunk)];
          });
          const found: unknown[] = [];
          decode(splitBytes(Buffer.from(stream), mode), found);
          expect(found).toEqual(expected);
        }),
      );
    });

    it('should take all events of one shape but the first, also where a read holds one of them', () => {
      const texts = ['a', 'b"c', 'd\\', '\n', '漢'];
      const events = texts.map((text) =>
        Buffer.from(`data: ${JSON.stringify(chunkOf('content', text))}\n\n`),
      );
      const found: unknown[] = [];
      expect(decode([Buffer.concat(events)], found)).toBe(4);
      expect(decode(events, found)).toBe(4);
      const expected = texts.map((text) => [null, chunkOf('content', text)]);
      expect(found).toEqual([...expected, ...expected]);
    });

    it.each([
      ['an unknown escape', '\\x'],
      ['a control character', 'a\u0001b'],
    ])('should leave a text with %s to be refused', (_what, literal) => {
      const event = (text: string) =>
        `data: ${JSON.stringify(chunkOf('content', 'MARK')).replace('MARK', () => text)}\n\n`;
      expect(() => decode([Buffer.from(event('a') + event('b') + event(literal))], [])).toThrow(SyntaxError);
    });

    it('should count what is kept of them as of those that are parsed', () => {
      const parser = new ChunkParser();
      parser.parse(JSON.stringify(chunkOf('content', 'one')));
      const event = `data: ${JSON.stringify(chunkOf('content', 'two'))}\n\n`;
      expect(parser.readEvents(event + event, 0, () => undefined)).toBe(2 * event.length);
      expect(parser.gathered).toBe('onetwotwo'.length);
    });

    it('should learn nothing of what is no chunk', () => {
      const parser = new ChunkParser();
      const error = chunkOf('content', 'a', { object: 'error' });
      parser.parse(JSON.stringify(error));
      const event = `data: ${JSON.stringify(error)}\n\n`;
      expect(parser.readEvents(event, 0, () => undefined)).toBe(0);
    });
  });

  it('should count what is kept of the chunks: their texts, not what stands around them', () => {
    const parser = new ChunkParser();
    for (const text of ['one', 'two', 'three']) parser.parse(JSON.stringify(chunkOf('content', text)));
    parser.parse(JSON.stringify(chunkOf('arguments', '{"a":1}')));
    parser.parse('{"choices":[],"usage":{"prompt_tokens":1}}');
    parser.parse('{"type":"ping"}');
    expect(parser.gathered).toBe('onetwothree'.length + '{"a":1}'.length);
    const withLogprobs = JSON.stringify({
      choices: [{ delta: { content: 'a' }, logprobs: { content: [] } }],
    });
    parser.parse(withLogprobs);
    expect(parser.gathered).toBe('onetwothree'.length + '{"a":1}'.length + withLogprobs.length);
  });

  it('should give every chunk objects of its own', () => {
    const parser = new ChunkParser();
    const [first, second, third] = ['a', 'b', 'c'].map((text) =>
      parser.parse(JSON.stringify(chunkOf('content', text))),
    ) as { choices: { delta: { content: string } }[] }[];
    third!.choices[0]!.delta.content = 'changed';
    expect([first, second]).toEqual([chunkOf('content', 'a'), chunkOf('content', 'b')]);
  });

  it.each(['{"choices', '{"id":1}x', `${JSON.stringify(chunkOf('content', 'a'))}"`])(
    'should throw like JSON.parse for %s, also between chunks of one shape',
    (broken) => {
      const parser = new ChunkParser();
      parser.parse(JSON.stringify(chunkOf('content', 'a')));
      expect(() => parser.parse(broken)).toThrow(SyntaxError);
    },
  );

  it.each([
    ['an unescaped quote', 'a"b'],
    ['a trailing backslash', 'a\\'],
    ['an unknown escape', '\\x'],
    ['a control character', 'a\u0001b'],
  ])('should refuse %s within the text, as JSON does', (_what, literal) => {
    const parser = new ChunkParser();
    const data = JSON.stringify(chunkOf('content', 'MARK'));
    parser.parse(data);
    expect(() => parser.parse(data.replace('MARK', () => literal))).toThrow(SyntaxError);
  });

  it('should go on reading the numbers that Python writes', () => {
    const data =
      '{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"logprob":-Infinity}]}}]}';
    const parser = new ChunkParser();
    parser.parse(JSON.stringify(chunkOf('content', 'a')));
    expect(parser.parse(data)).toEqual(parsePythonJson(data));
  });
});

describe('learnShape', () => {
  const learn = (chunk: unknown) => learnShape(JSON.stringify(chunk), chunk);

  it.each(FIELDS)('should learn a chunk with one %s', (field) => {
    expect(learn(chunkOf(field, 'a"b'))?.read(JSON.stringify(chunkOf(field, 'c\nd')))).toEqual(
      chunkOf(field, 'c\nd'),
    );
  });

  it.each([
    ['usage', chunkOf('content', 'a', { usage: { prompt_tokens: 1 } })],
    ['a finish reason', { choices: [{ delta: { content: 'a' }, finish_reason: 'stop' }] }],
    ['logprobs', { choices: [{ delta: { content: 'a' }, logprobs: { content: [] } }] }],
    ['two texts', { choices: [{ delta: { content: 'a', reasoning_content: 'b' } }] }],
    ['two choices', { choices: [{ delta: { content: 'a' } }, { delta: { content: 'b' } }] }],
    ['two calls', { choices: [{ delta: { content: 'a', tool_calls: [{}, {}] } }] }],
    ['the same key twice', { choices: [{ delta: { content: 'a' }, content: 'a' }] }],
    ['no text', chunkOf('content', '')],
    ['arguments as an object', { choices: [{ delta: { tool_calls: [{ function: { arguments: {} } }] } }] }],
    ['no choices', { id: 'x' }],
    ['no object', null],
  ])('should not learn a chunk with %s', (_what, chunk) => {
    expect(learn(chunk)).toBeNull();
  });
});
