import fc from 'fast-check';
import { isJsonPrefix, splitText } from '../../test/support/split-text.js';
import { FAMILY_TEXTS, type FamilyText, type WrittenCall } from '../../test/support/tool-text.js';
import { functionTool, joined, merged, translate } from '../../test/support/translation.js';
import type { FinishReason, Segment } from '../translation/vocabulary/segment.js';
import { DeepSeekV32Parser, DeepSeekV4Parser } from './deepseek-dsml.parser.js';
import { DeepSeekV31Parser, DeepSeekV3Parser } from './deepseek.parser.js';
import { GlmParser } from './glm.parser.js';
import { HarmonyParser } from './harmony.parser.js';
import { HermesParser } from './hermes.parser.js';
import { InternlmParser } from './internlm.parser.js';
import { KimiParser } from './kimi.parser.js';
import { Llama3Parser } from './llama3.parser.js';
import { MinimaxParser } from './minimax.parser.js';
import { MistralParser } from './mistral.parser.js';
import { PythonicParser } from './pythonic.parser.js';
import { Qwen3CoderParser } from './qwen3coder.parser.js';
import type { ToolParserFamily } from './tool-parser.decorator.js';

const PARSERS: Readonly<Record<string, ToolParserFamily>> = {
  hermes: new HermesParser(),
  qwen3coder: new Qwen3CoderParser(),
  glm45: new GlmParser(),
  'deepseek-v3': new DeepSeekV3Parser(),
  'deepseek-v31': new DeepSeekV31Parser(),
  'deepseek-v32': new DeepSeekV32Parser(),
  'deepseek-v4': new DeepSeekV4Parser(),
  'kimi-k2': new KimiParser(),
  mistral: new MistralParser(),
  llama3: new Llama3Parser(),
  llama3_json: new Llama3Parser(),
  internlm: new InternlmParser(),
  'minimax-m2': new MinimaxParser(),
  pythonic: new PythonicParser(),
  olmo3: new PythonicParser(),
  harmony: new HarmonyParser(),
};

const SEARCH = functionTool('search', {
  parameters: {
    type: 'object',
    properties: {
      query: { type: 'string' },
      limit: { type: 'integer' },
      ratio: { type: 'number' },
      exact: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      filter: { type: 'object', properties: { note: { type: 'string' } } },
      note: { type: ['string', 'null'] },
    },
  },
});
const TOOLS = translate({ tools: [SEARCH, functionTool('now')] }).plan.tools;

interface ReadCall {
  name: string;
  text: string;
  isWhole: boolean;
}

interface Outcome {
  segments: Segment[];
  text: string;
  calls: ReadCall[];
}

function parse(
  { parser }: FamilyText,
  pieces: readonly string[],
  reason: FinishReason = 'stop',
  watch: (call: ReadCall) => void = () => undefined,
): Outcome {
  const reader = PARSERS[parser]!.create(TOOLS);
  const segments: Segment[] = [];
  const calls: ReadCall[] = [];
  const take = (more: Segment[]): void => {
    for (const segment of more) {
      segments.push({ ...segment });
      if (segment.kind === 'call-start')
        calls[segment.call] = { name: segment.name, text: '', isWhole: false };
      if (segment.kind === 'call-arguments') calls[segment.call]!.text += segment.text;
      if (segment.kind === 'call-end') calls[segment.call]!.isWhole = true;
    }
    const last = calls.at(-1);
    if (last && more.length > 0) watch(last);
  };
  for (const piece of pieces) take(reader.pushText(piece));
  take(reader.end(reason));
  const whole = merged(segments);
  return { segments: whole, text: joined(whole), calls };
}

const wanted = (calls: readonly WrittenCall[]) =>
  calls.map(({ name, args }) => ({ name, args, isWhole: true }));
const read = (calls: readonly ReadCall[]) =>
  calls.map(({ name, text, isWhole }) => ({ name, args: JSON.parse(text) as unknown, isWhole }));

const TAGS = [
  '<tool_call>',
  '</tool_call>',
  '</parameter>',
  '</function>',
  '</arg_value>',
  '</｜DSML｜parameter>',
  '<｜tool▁call▁end｜>',
  '<|tool_call_end|>',
  '[TOOL_CALLS]',
  '[ARGS]',
  '<|action_end|>',
  '<|python_tag|>',
  '</invoke>',
];
const letter = fc.constantFrom(
  'a',
  ' ',
  '\n',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  '<',
  '/',
  '北',
  '😀',
  'é',
  '\t',
  ';',
  '\u0001',
);
const value = fc
  .array(fc.oneof({ weight: 6, arbitrary: letter }, { weight: 1, arbitrary: fc.constantFrom(...TAGS) }), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));
const args = fc.record(
  {
    query: value,
    limit: fc.integer(),
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    exact: fc.boolean(),
    tags: fc.array(value, { maxLength: 3 }),
    filter: fc.record({ note: value, deep: fc.jsonValue({ maxDepth: 2 }) }, { requiredKeys: [] }),
    note: fc.oneof(
      fc.constant(null),
      value.filter((text) => !/^\s*(?:null|none)\s*$/i.test(text)),
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const call: fc.Arbitrary<WrittenCall> = fc.oneof(
  args.map((given) => ({ name: 'search', args: JSON.parse(JSON.stringify(given)) as WrittenCall['args'] })),
  fc.constant({ name: 'now', args: {} }),
);
const isPlain = ({ ambiguous }: FamilyText, { args: given }: WrittenCall): boolean =>
  !ambiguous ||
  !Object.values(given).some((entry) =>
    ambiguous.test(typeof entry === 'string' ? entry : JSON.stringify(entry)),
  );
const plainText = fc
  .array(
    fc.constantFrom(
      'a',
      'b c',
      ' ',
      '\n',
      '.',
      '<',
      '<b>',
      '```',
      '<tool',
      '</fun',
      '<｜tool',
      '[x',
      '{y',
      '"',
      '😀',
      '</tool_call>',
      '`',
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const splits = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

type Part = { text: string } | { calls: WrittenCall[] } | { malformed: string };

function partOf(family: FamilyText): fc.Arbitrary<Part> {
  const plain = call.filter((written) => isPlain(family, written));
  return fc.oneof(
    { weight: 3, arbitrary: plainText.map((text) => ({ text })) },
    { weight: 4, arbitrary: fc.array(plain, { minLength: 1, maxLength: 3 }).map((calls) => ({ calls })) },
    {
      weight: 1,
      arbitrary: fc.constant({ malformed: family.render([{ name: 'fly', args: { query: 'x' } }]) }),
    },
    { weight: 1, arbitrary: fc.constantFrom(...family.malformed).map((malformed) => ({ malformed })) },
  );
}

/** A document with what should come of it. */
function compose(family: FamilyText, parts: readonly Part[]) {
  let document = '';
  let text = '';
  const calls: WrittenCall[] = [];
  for (const part of parts) {
    if ('calls' in part) {
      if (family.startsLine && document !== '') {
        document += '\n';
        text += '\n';
      }
      document += family.render(part.calls);
      calls.push(...part.calls);
    } else {
      // What is malformed ends with its line, so that it stays so whatever follows.
      const plain = 'text' in part ? part.text : `${part.malformed}\n.`;
      document += plain;
      text += plain;
    }
  }
  return { document, text, calls };
}

const named = FAMILY_TEXTS.map((family, index) => [`${family.parser} (${index})`, family] as const);

describe.each(named)('the text of %s', (_name, family) => {
  const CALLS: WrittenCall[] = [
    { name: 'search', args: { query: 'say "hi" \\ 北京 😀\n', limit: 3, exact: true } },
    { name: 'now', args: {} },
    {
      name: 'search',
      args: { tags: ['</tool_call>', '[TOOL_CALLS]'], filter: { note: '```', deep: [1, { a: null }] } },
    },
  ];

  it.each<[string, WrittenCall[]]>([
    ['one call', CALLS.slice(0, 1)],
    ['a call without arguments', CALLS.slice(1, 2)],
    ['nested values and tags within strings', CALLS.slice(2)],
    ['several calls', CALLS],
  ])('should be read: %s', (_what, calls) => {
    const document = `before\n${family.render(calls)}\nafter`;
    for (const pieces of [[document], document.split('')]) {
      const outcome = parse(family, pieces);
      expect(read(outcome.calls)).toEqual(wanted(calls));
      expect(outcome.text).toBe('before\n\nafter');
    }
  });

  it('should keep arguments as they were written where they are JSON', () => {
    const outcome = parse(family, [family.render(CALLS)]);
    const texts = CALLS.map(({ args: given }) => JSON.stringify(given));
    if (family.verbatim) expect(outcome.calls.map(({ text }) => text)).toEqual(texts);
    else expect(outcome.calls.map(({ text }) => JSON.stringify(JSON.parse(text)))).toEqual(texts);
  });

  it.each([...family.malformed, family.render([{ name: 'fly', args: { query: '1' } }])])(
    'should be given back to the letter where it is no call: %s',
    (document) => {
      expect(parse(family, [document]).segments).toEqual([{ kind: 'text', text: document }]);
      expect(parse(family, document.split('')).segments).toEqual([{ kind: 'text', text: document }]);
    },
  );

  it('should not be a call within a code fence when no such tool is offered', () => {
    const document = `Like this:\n\`\`\`\n${family.render([{ name: 'fly', args: {} }])}\n\`\`\`\n`;
    expect(parse(family, document.split('')).segments).toEqual([{ kind: 'text', text: document }]);
  });

  it('should be written back so that it can be read', () => {
    const parser = PARSERS[family.parser]!;
    const calls = CALLS.map(({ name, args: given }, index) => ({
      id: `call_${index}`,
      name,
      arguments: given,
    }));
    const text = parser.writeCalls?.(calls);
    if (text === undefined) return;
    const outcome = parse(family, [text]);
    expect(read(outcome.calls)).toEqual(wanted(CALLS));
    expect(outcome.text.trim()).toBe('');
  });

  it('should stream a long text value as it is written', () => {
    const document = family.render([{ name: 'search', args: { query: 'z'.repeat(100) } }]);
    const reader = PARSERS[family.parser]!.create(TOOLS);
    const end = document.lastIndexOf('z');
    let written = '';
    for (const char of document.slice(0, end + 1)) {
      for (const segment of reader.pushText(char))
        if (segment.kind === 'call-arguments') written += segment.text;
    }
    expect(written).toMatch(/z{100}$/);
  });

  it('should give text and calls, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(partOf(family), { maxLength: 5 }), splits, (parts, lengths) => {
        const { document, text, calls } = compose(family, parts);
        const whole = parse(family, [document]);
        expect(read(whole.calls)).toEqual(wanted(calls));
        expect(whole.text).toBe(text);
        expect(parse(family, document.split('')).segments).toEqual(whole.segments);
        expect(parse(family, splitText(document, lengths)).segments).toEqual(whole.segments);
      }),
      { numRuns: 300 },
    );
  });

  it('should leave no more than one unfinished call wherever the answer is cut off', () => {
    const calls = CALLS.filter((written) => isPlain(family, written));
    const head = 'see <tool\n';
    const document = head + family.render(calls);
    const full = parse(family, [document]).calls;
    for (let end = 0; end <= document.length; end++) {
      const prefix = document.slice(0, end);
      const outcome = parse(family, [prefix], 'length');
      expect(parse(family, prefix.split(''), 'length').segments).toEqual(outcome.segments);
      outcome.calls.forEach((one, index) => {
        expect(one.name).toBe(full[index]!.name);
        if (one.isWhole) expect(JSON.parse(one.text)).toEqual(JSON.parse(full[index]!.text));
        else expect(full[index]!.text.startsWith(one.text)).toBe(true);
        expect(isJsonPrefix(one.text)).toBe(true);
        expect(one.isWhole || index === outcome.calls.length - 1).toBe(true);
      });
      const rest = outcome.text.slice(head.length);
      expect(outcome.text.startsWith(prefix.slice(0, head.length))).toBe(true);
      expect(prefix.endsWith(rest)).toBe(true);
      if (outcome.calls.length > 0 && !outcome.calls.at(-1)!.isWhole) expect(rest).toBe('');
    }
  });

  it('should write arguments that are the start of JSON at every moment', () => {
    fc.assert(
      fc.property(
        call.filter((written) => isPlain(family, written)),
        (written) => {
          parse(family, family.render([written]).split(''), 'stop', ({ text }) => {
            expect(isJsonPrefix(text)).toBe(true);
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('should come to the same end for any soup of its own marks, however it is cut', () => {
    const marks = family.render(CALLS.slice(0, 2)).match(/[<[][^\s<[]*[>\]]|[{}":,;=()]|\w+|\s/g)!;
    const soup = fc
      .array(fc.oneof(fc.constantFrom(...marks), letter), { maxLength: 25 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        soup,
        splits,
        fc.constantFrom<FinishReason>('stop', 'length'),
        (document, lengths, reason) => {
          const whole = parse(family, [document], reason);
          expect(parse(family, document.split(''), reason).segments).toEqual(whole.segments);
          expect(parse(family, splitText(document, lengths), reason).segments).toEqual(whole.segments);
          if (whole.calls.length === 0 && !family.marksText) expect(whole.text).toBe(document);
          for (const one of whole.calls) expect(isJsonPrefix(one.text)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
