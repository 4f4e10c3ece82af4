import { readSimulatorOptions } from './simulator-options.js';

describe('readSimulatorOptions', () => {
  it('should read every variable in its own type', () => {
    expect(
      readSimulatorOptions({
        SIM_PORT: '8123',
        SIM_MODEL: 'Qwen/Qwen3-8B',
        SIM_TOOL_CALL_PARSER: 'none',
        SIM_REASONING_PARSER: 'none',
        SIM_SESSION_LEN: '4096',
        SIM_API_KEYS: 'a, b,',
        SIM_TIME_TO_FIRST_TOKEN: '250',
        SIM_INTER_TOKEN_LATENCY: '1.5ms',
        SIM_STARTUP_DURATION: '2s',
        SIM_FAILURE_INJECTION_RATE: '10',
        SIM_FAILURE_TYPES: '429,cut',
        SIM_SEED: '7',
        SIM_LOGPROBS_MODE: 'raw_logits',
      }),
    ).toEqual({
      port: 8123,
      model: 'Qwen/Qwen3-8B',
      toolCallParser: 'none',
      reasoningParser: 'none',
      sessionLen: 4096,
      apiKeys: ['a', 'b'],
      timeToFirstToken: 250,
      interTokenLatency: 1.5,
      startupDuration: 2000,
      failureInjectionRate: 10,
      failureTypes: ['429', 'cut'],
      seed: 7,
      logprobsMode: 'raw_logits',
    });
  });

  it('should leave out what is unset, empty or not its own', () => {
    expect(readSimulatorOptions({ SIM_MODEL: ' ', PORT: '80', SIM_SEED: undefined })).toEqual({});
  });

  it.each([
    ['SIM_PORT', '99999'],
    ['SIM_TOOL_CALL_PARSER', 'hermes'],
    ['SIM_REASONING_PARSER', 'deepseek-r1'],
    ['SIM_TIME_TO_FIRST_TOKEN', 'soon'],
    ['SIM_FAILURE_INJECTION_RATE', '101'],
    ['SIM_FAILURE_TYPES', 'cut,burn'],
  ])('should name %s when its value is wrong', (name, value) => {
    expect(() => readSimulatorOptions({ [name]: value })).toThrow(name);
  });
});
