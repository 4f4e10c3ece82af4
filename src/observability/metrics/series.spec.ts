import { Registry } from 'prom-client';
import { Counter, Histogram } from './series.js';

async function written(...metrics: (Counter<string> | Histogram<string>)[]): Promise<string[]> {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(metric.asMetric);
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '');
}

describe('Counter', () => {
  it('should count apart what has different labels', async () => {
    const counter = new Counter({ name: 'calls_total', help: 'Calls.', labelNames: ['route', 'status'] });
    counter.inc({ route: '/a', status: '2xx' });
    counter.inc({ route: '/a', status: '5xx' });
    counter.inc({ status: '2xx', route: '/a' }, 2);
    counter.inc({ route: '2xx', status: '/a' });
    expect(await written(counter)).toEqual([
      '# HELP calls_total Calls.',
      '# TYPE calls_total counter',
      'calls_total{route="/a",status="2xx"} 3',
      'calls_total{route="/a",status="5xx"} 1',
      'calls_total{route="2xx",status="/a"} 1',
    ]);
  });

  it('should write what a label holds as Prometheus reads it', async () => {
    const counter = new Counter({ name: 'calls_total', help: 'Calls.', labelNames: ['model'] });
    counter.inc({ model: 'a "b" \\ \n' });
    expect((await written(counter)).at(-1)).toBe(String.raw`calls_total{model="a \"b\" \\ \n"} 1`);
  });

  it('should name itself where nothing has been counted', async () => {
    const counter = new Counter({ name: 'calls_total', help: 'Calls.', labelNames: ['model'] });
    expect(await written(counter)).toEqual(['# HELP calls_total Calls.', '# TYPE calls_total counter']);
  });
});

describe('Histogram', () => {
  it('should have each value in the buckets that reach to it', async () => {
    const histogram = new Histogram({ name: 'seconds', help: 'Time.', labelNames: ['model'] }, [0.1, 1]);
    for (const value of [0.1, 0.25, 1, 3]) histogram.observe({ model: 'm' }, value);
    expect(await written(histogram)).toEqual([
      '# HELP seconds Time.',
      '# TYPE seconds histogram',
      'seconds_bucket{le="0.1",model="m"} 1',
      'seconds_bucket{le="1",model="m"} 3',
      'seconds_bucket{le="+Inf",model="m"} 4',
      'seconds_sum{model="m"} 4.35',
      'seconds_count{model="m"} 4',
    ]);
  });
});
