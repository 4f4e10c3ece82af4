import { parseEnvironment } from '../../config/environment.js';
import { samplerOf } from './sampler.js';

describe('samplerOf', () => {
  it.each([
    ['always_on', /^AlwaysOnSampler$/],
    ['always_off', /^AlwaysOffSampler$/],
    ['traceidratio', /^TraceIdRatioBased\{0\.25\}$/],
    ['parentbased_always_on', /^ParentBased\{root=AlwaysOnSampler,/],
    ['parentbased_always_off', /^ParentBased\{root=AlwaysOffSampler,/],
    ['parentbased_traceidratio', /^ParentBased\{root=TraceIdRatioBased\{0\.25\},/],
  ])('should make %s', async (name, expected) => {
    const environment = parseEnvironment({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: '0.25' });
    const sdk = await import('@opentelemetry/sdk-trace-base');
    expect(String(samplerOf(environment, sdk))).toMatch(expected);
  });
});
