import { MODEL_PRESETS, type ModelPresetName } from '../../contracts/model-profile.js';
import { refusalOf, translate } from '../../../test/support/translation.js';

const sent = (preset: ModelPresetName, effort: string) =>
  translate({ reasoning: { effort } }, MODEL_PRESETS[preset]).chat.reasoning_effort;

describe('reasoning.effort', () => {
  it.each<[ModelPresetName, Record<string, string | undefined>]>([
    [
      'lmdeploy',
      {
        none: undefined,
        minimal: 'low',
        low: 'low',
        medium: 'medium',
        high: 'high',
        xhigh: 'max',
        max: 'max',
      },
    ],
    [
      'vllm',
      {
        none: undefined,
        minimal: 'low',
        low: 'low',
        medium: 'medium',
        high: 'high',
        xhigh: 'high',
        max: 'high',
      },
    ],
    [
      'openai',
      {
        none: 'none',
        minimal: 'minimal',
        low: 'low',
        medium: 'medium',
        high: 'high',
        xhigh: 'xhigh',
        max: 'xhigh',
      },
    ],
  ])('should be sent as a value that %s knows', (preset, values) => {
    for (const [effort, value] of Object.entries(values))
      expect([effort, sent(preset, effort)]).toEqual([effort, value]);
  });

  it.each([
    ['lmdeploy', 'max'],
    ['vllm', 'high'],
    ['openai', 'xhigh'],
  ] as const)('should be the highest that %s knows for what is beyond all', (preset, value) => {
    expect(sent(preset, 'ultra')).toBe(value);
    expect(translate({ reasoning: { effort: 'ultra' } }).response.reasoning?.effort).toBe('max');
  });

  it('should switch thinking off with none where the template has a switch', () => {
    const { chat } = translate({ reasoning: { effort: 'none' } });
    expect(chat.chat_template_kwargs).toEqual({ enable_thinking: false });
  });

  it('should leave the last word to the template switches of the client', () => {
    const { chat } = translate({
      reasoning: { effort: 'none' },
      chat_template_kwargs: { enable_thinking: true, more: 1 },
    });
    expect(chat.chat_template_kwargs).toEqual({ enable_thinking: true, more: 1 });
  });

  it('should not touch the template where there is no switch or thinking is wanted', () => {
    expect(translate({ reasoning: { effort: 'none' } }, { thinkingOff: null }).chat).not.toHaveProperty(
      'chat_template_kwargs',
    );
    expect(translate({ reasoning: { effort: 'high' } }).chat).not.toHaveProperty('chat_template_kwargs');
  });

  it.each([
    ['an unknown effort', { effort: 'extreme' }, 'reasoning.effort'],
    ['a word every object knows', { effort: 'constructor' }, 'reasoning.effort'],
    ['an effort that is a number', { effort: 5 }, 'reasoning.effort'],
    ['a summary that is a list', { summary: [] }, 'reasoning.summary'],
    ['an old summary that is a list', { generate_summary: [] }, 'reasoning.generate_summary'],
  ])('should be refused with its path: %s', (_name, reasoning, param) => {
    expect(refusalOf(() => translate({ reasoning }))).toMatchObject({ status: 400, param });
  });
});

describe('the echo of reasoning', () => {
  it.each([
    [undefined, null],
    [null, null],
    [{}, null],
    [{ effort: null, summary: null }, null],
    [{ effort: 'low' }, { effort: 'low', summary: null }],
    [{ summary: 'auto' }, { effort: null, summary: 'auto' }],
    [{ generate_summary: 'concise' }, { effort: null, summary: 'concise' }],
    [
      { effort: 'high', summary: 'detailed', context: 'x' },
      { effort: 'high', summary: 'detailed' },
    ],
  ])('should be of %j: %j', (reasoning, echo) => {
    expect(translate({ reasoning }).response.reasoning).toEqual(echo);
  });
});
