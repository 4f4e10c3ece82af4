import fc from 'fast-check';
import { splitText } from '../../test/support/split-text.js';
import { joined, merged } from '../../test/support/translation.js';
import type { FinishReason, Segment } from '../translation/vocabulary/segment.js';
import { HarmonyReasoningParser } from './harmony.parser.js';
import { MistralReasoningParser } from './mistral.parser.js';
import type { ReasoningParserFamily, ReasoningTurn } from './reasoning-parser.decorator.js';
import { DefaultReasoningParser, HybridReasoningParser } from './think.parser.js';

const FAMILIES = {
  default: new DefaultReasoningParser(),
  hybrid: new HybridReasoningParser(),
  mistral: new MistralReasoningParser(),
  harmony: new HarmonyReasoningParser(),
} as const satisfies Record<string, ReasoningParserFamily>;
const TURN: ReasoningTurn = { thinking: null, unclosed: 'reasoning' };

function parse(
  family: ReasoningParserFamily,
  pieces: readonly string[],
  turn: ReasoningTurn = TURN,
  reason: FinishReason = 'stop',
): Segment[] {
  const parser = family.create(turn);
  const found = pieces.flatMap((piece) => parser.pushText(piece));
  const segments: Segment[] = [];
  for (const segment of merged([...found, ...parser.end(reason)])) {
    const last = segments.at(-1);
    if (last?.kind === 'reasoning' && segment.kind === 'reasoning') last.text += segment.text;
    else segments.push({ ...segment });
  }
  return segments;
}

const text = (value: string): Segment => ({ kind: 'text', text: value });
const think = (value: string): Segment => ({ kind: 'reasoning', text: value });

describe('reasoning in the text of an answer', () => {
  it.each<[keyof typeof FAMILIES, boolean | null, string, Segment[]]>([
    ['default', null, 'hm</think>\n\nok', [think('hm'), text('\n\nok')]],
    ['default', null, '<think>\nhm\n</think>\n\nok', [think('hm'), text('\n\nok')]],
    ['default', null, '\n<think>hm</think>ok', [think('hm'), text('ok')]],
    ['default', null, 'all of it', [think('all of it')]],
    ['default', false, 'ok', [text('ok')]],
    ['default', false, '<think>hm</think>ok', [think('hm'), text('ok')]],
    ['default', true, '</think>ok', [text('ok')]],
    ['default', null, 'a < b </thin k', [think('a < b </thin k')]],
    ['default', null, 'hm</think>a<think>b</think>c', [think('hm'), text('a<think>b</think>c')]],
    ['hybrid', null, '<think>hm</think>ok', [think('hm'), text('ok')]],
    ['hybrid', null, ' ok <think>no</think>', [text(' ok <think>no</think>')]],
    ['hybrid', null, '<thin', [text('<thin')]],
    ['hybrid', true, 'hm</think>ok', [think('hm'), text('ok')]],
    ['hybrid', false, '<think>\n\n</think>\n\nok', [text('\n\nok')]],
    ['mistral', null, '[THINK]hm[/THINK]ok', [think('hm'), text('ok')]],
    ['mistral', null, 'ok', [text('ok')]],
    [
      'harmony',
      null,
      '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>ok<|return|>',
      [think('hm'), text('ok')],
    ],
    ['harmony', null, '<|channel|>commentary<|message|>first<|end|>', [text('first')]],
    [
      'harmony',
      null,
      '<|channel|>analysis<|message|>hm<|channel|>final<|message|>ok',
      [think('hm'), text('ok')],
    ],
    ['harmony', null, 'plain', [text('plain')]],
    [
      'harmony',
      null,
      '<|channel|>commentary to=functions.f<|message|>{}<|call|>',
      [text('<|channel|>commentary to=functions.f<|message|>{}<|call|>')],
    ],
  ])('should be told apart by %s (thinking: %s): %j', (name, thinking, answer, expected) => {
    const turn = { ...TURN, thinking };
    expect(parse(FAMILIES[name], [answer], turn)).toEqual(expected);
    expect(parse(FAMILIES[name], answer.split(''), turn)).toEqual(expected);
  });

  it('should be text where it is never closed and the profile says so', () => {
    const turn: ReasoningTurn = { thinking: null, unclosed: 'text' };
    expect(parse(FAMILIES.default, ['all ', 'of it'], turn)).toEqual([text('all of it')]);
    expect(parse(FAMILIES.default, ['hm', '</think>ok'], turn)).toEqual([think('hm'), text('ok')]);
    expect(parse(FAMILIES.default, ['<think>hm'], turn, 'length')).toEqual([think('hm')]);
  });

  it('should be handed on as it comes', () => {
    const parser = FAMILIES.default.create(TURN);
    expect(parser.pushText('I think </th')).toEqual([think('I think ')]);
    expect(parser.pushText('at')).toEqual([think('</that')]);
    expect(parser.pushText('</think>ok')).toEqual([text('ok')]);
    expect(parser.isOver).toBe(true);
  });

  const soup = fc
    .array(
      fc.constantFrom(
        '<think>',
        '</think>',
        '[THINK]',
        '[/THINK]',
        '<|channel|>',
        'analysis',
        'final',
        '<|message|>',
        '<|end|>',
        '<|start|>assistant',
        '<',
        '\n',
        'a',
        '😀',
        ' ',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));
  const turns = fc.record<ReasoningTurn>({
    thinking: fc.constantFrom(null, true, false),
    unclosed: fc.constantFrom('reasoning', 'text'),
  });

  it.each(Object.entries(FAMILIES))('should be the same however the answer is cut: %s', (name, family) => {
    fc.assert(
      fc.property(
        soup,
        turns,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (answer, turn, lengths) => {
          const whole = parse(family, [answer], turn);
          expect(parse(family, answer.split(''), turn)).toEqual(whole);
          expect(parse(family, splitText(answer, lengths), turn)).toEqual(whole);
          if (name === 'harmony') return;
          // Only the tags and the line breaks at them are left out.
          const shown = whole.map((segment) => ('text' in segment ? segment.text : '')).join('');
          const bare = (value: string) => value.replace(/\[\/?THINK\]|<\/?think>|\n/g, '');
          expect(bare(shown)).toBe(bare(answer).slice(bare(answer).length - bare(shown).length));
          expect(joined(whole).length).toBeLessThanOrEqual(answer.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
