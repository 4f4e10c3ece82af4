import { parseEnvironment } from './environment.js';

describe('METRICS_PORT', () => {
  it.each([{ PORT: '9000' }, { PORT: '9000', HOST: '::', METRICS_HOST: '::' }])(
    'should not be the port of the API of %j',
    (variables) => {
      expect(() => parseEnvironment({ METRICS_PORT: '9000', ...variables })).toThrow(
        /^Invalid environment:\n {2}METRICS_PORT=9000: is that of the API \(PORT\)$/,
      );
    },
  );

  it.each([
    { METRICS_PORT: '9001', PORT: '9000' },
    { METRICS_PORT: '0', PORT: '0' },
    { METRICS_PORT: '9000', PORT: '9000', METRICS_HOST: '10.0.0.1' },
  ])('should be right in %j', (variables) => {
    expect(() => parseEnvironment(variables)).not.toThrow();
  });
});

describe('AUDIT_LOG', () => {
  it.each(['on', 'true', '1', 'YES', 'false'])('should not take %s for the name of a file', (AUDIT_LOG) => {
    expect(() => parseEnvironment({ AUDIT_LOG })).toThrow(
      `AUDIT_LOG=${AUDIT_LOG}: must be off, stdout or the path of a file`,
    );
  });

  it.each(['off', 'stdout', 'audit.log', '/var/log/on', 'online'])('should take %s', (AUDIT_LOG) => {
    expect(parseEnvironment({ AUDIT_LOG }).AUDIT_LOG).toBe(AUDIT_LOG);
  });
});

describe('the variables of traces', () => {
  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317', /must be a URL such as http:\/\/otel-collector:4318/],
    ['OTEL_TRACES_SAMPLER', 'sometimes', /OTEL_TRACES_SAMPLER=sometimes/],
    ['OTEL_TRACES_SAMPLER_ARG', '2', /OTEL_TRACES_SAMPLER_ARG=2/],
    ['OTEL_TRACES_SAMPLER_ARG', 'half', /OTEL_TRACES_SAMPLER_ARG=half/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no-pair', /OTEL_EXPORTER_OTLP_HEADERS=\(hidden\): must be pairs/],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=1,b', /OTEL_RESOURCE_ATTRIBUTES=a=1,b: must be pairs/],
  ])('should refuse %s=%s', (name, value, message) => {
    expect(() => parseEnvironment({ [name]: value })).toThrow(message);
  });

  it.each(['authorization=Bearer%20x', 'a=1, b=2,', 'x-token=', 'a=b=c'])(
    'should take the pairs %s',
    (pairs) => {
      expect(parseEnvironment({ OTEL_EXPORTER_OTLP_HEADERS: pairs }).OTEL_EXPORTER_OTLP_HEADERS).toBe(pairs);
    },
  );
});
