import { type FinishMeaning, readFinishReason } from './read-finish-reason.js';

const MEANINGS: [FinishMeaning, string[]][] = [
  [
    'stop',
    [
      'stop',
      'STOP',
      'tool_calls',
      'tool-calls',
      'function_call',
      'end_turn',
      'eos_token',
      'COMPLETE',
      'normal',
    ],
  ],
  [
    'length',
    [
      'length',
      'max_tokens',
      'MAX_TOKENS',
      'max-tokens',
      'model_length',
      'model_context_window_exceeded',
      'max_output_tokens',
      'context_length',
      'FINISH_REASON_MAX_TOKENS',
      'ERROR_LIMIT',
      'maxPredictedTokensReached',
    ],
  ],
  [
    'content_filter',
    [
      'content_filter',
      'content-filter',
      'sensitive',
      'SAFETY',
      'RECITATION',
      'refusal',
      'PROHIBITED_CONTENT',
      'BLOCKLIST',
      'guardrail_intervened',
      'content_filter: PROHIBITED_CONTENT',
    ],
  ],
  ['interrupted', ['repetition', 'pause_turn', 'time_limit']],
  [
    'malformed_call',
    ['MALFORMED_FUNCTION_CALL', 'function_call_filter: MALFORMED_FUNCTION_CALL', 'malformed_tool_use'],
  ],
  [
    'failure',
    [
      'error',
      'abort',
      'ABORTED',
      'network_error',
      'insufficient_system_resource',
      'parse_error',
      'timeout',
      'cancelled',
    ],
  ],
];

describe('reading finish reasons', () => {
  it.each(MEANINGS)('should read words that mean %s', (meaning, words) => {
    const read = Object.fromEntries(words.map((word) => [word, readFinishReason(word)]));
    expect(read).toEqual(Object.fromEntries(words.map((word) => [word, meaning])));
  });

  it.each<[FinishMeaning, string[]]>([
    ['length', ['too_long', 'OUTPUT_TOKEN_LIMIT_EXCEEDED', 'max_thinking_tokens', 'context_exceeded']],
    [
      'content_filter',
      ['output_safety', 'text_filter', 'policy_block', 'image_other_prohibited', 'sensitive_input'],
    ],
    [
      'failure',
      [
        'RESOURCE_EXHAUSTED',
        'engine_dead_error',
        'upstream_unavailable',
        'rate_limit',
        'failed_precondition',
      ],
    ],
  ])('should tell that words of no known server mean %s', (meaning, words) => {
    const read = Object.fromEntries(words.map((word) => [word, readFinishReason(word)]));
    expect(read).toEqual(Object.fromEntries(words.map((word) => [word, meaning])));
  });

  it('should read the type of a finish reason that is an object', () => {
    expect(readFinishReason({ type: 'length', length: 16 })).toBe('length');
    expect(readFinishReason({ type: 'abort', message: 'x' })).toBe('failure');
  });

  it.each([
    ['a word of no known server', 'wormhole'],
    ['a word of JavaScript', 'constructor'],
    ['nothing but marks', '--__'],
    ['a text', `stop ${'x'.repeat(1_000_000)}`],
    ['a number', 5],
    ['an object without a type', { reason: 'stop' }],
  ])('should not know %s', (_name, reason) => {
    expect(readFinishReason(reason)).toBeNull();
  });
});
