import fc from 'fast-check';
import { inSpan, type Span, type Trace, UnrecordedTrace } from './trace.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

const traceOf = (headers: Record<string, string>): UnrecordedTrace =>
  new UnrecordedTrace((name) => headers[name]);

describe('UnrecordedTrace', () => {
  it('should pass on what came, and know the id', () => {
    const headers = { traceparent: PARENT, tracestate: 'vendor=1,other=2' };
    const trace = traceOf(headers);
    expect(trace.id).toBe(TRACE);
    expect(trace.headers).toEqual(headers);
    expect(trace.begin().headers).toEqual(headers);
  });

  it('should pass on a later version as it is', () => {
    const traceparent = `01-${TRACE}-b7ad6b7169203331-01-more`;
    expect(traceOf({ traceparent }).headers).toEqual({ traceparent });
  });

  it.each([
    ['nothing', undefined],
    ['no ids', 'hello'],
    ['more than version 00 has', `${PARENT}-more`],
    ['version ff', PARENT.replace('00-', 'ff-')],
    ['a trace of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', PARENT.toUpperCase()],
  ])('should pass on nothing for %s', (_what, traceparent) => {
    const trace = traceOf({ ...(traceparent !== undefined && { traceparent }), tracestate: 'vendor=1' });
    expect([trace.id, trace.headers]).toEqual([null, {}]);
  });

  it('should pass on no state that is no header of its own', () => {
    for (const tracestate of ['', 'vendor=\u00e9', 'x'.repeat(513)]) {
      expect(traceOf({ traceparent: PARENT, tracestate }).headers).toEqual({ traceparent: PARENT });
    }
  });

  it('should pass on only what any HTTP client can send', () => {
    const near = fc.tuple(fc.constantFrom(PARENT, '00', '', TRACE), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(near, fc.string({ unit: 'binary' }), ([start, end], tracestate) => {
        const { headers } = traceOf({ traceparent: start + end, tracestate });
        return Object.values(headers).every((value) => /^[\x20-\x7e]+$/.test(value));
      }),
    );
  });
});

describe('inSpan', () => {
  const ends: unknown[][] = [];
  const span: Partial<Span> = { end: (...error) => ends.push(error) };
  const trace = { begin: () => span } as unknown as Trace;
  const error = new Error('no');

  beforeEach(() => {
    ends.length = 0;
  });

  it('should last as long as what is done', async () => {
    expect(inSpan(trace, 'step', () => 1)).toBe(1);
    expect(ends).toEqual([[]]);
    let finish = (): void => undefined;
    const doing = inSpan(trace, 'step', () => new Promise<void>((resolve) => (finish = resolve)));
    expect(ends).toHaveLength(1);
    finish();
    await doing;
    expect(ends).toEqual([[], []]);
  });

  it('should know what it has failed with', async () => {
    expect(() =>
      inSpan(trace, 'step', () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(inSpan(trace, 'step', () => Promise.reject(error))).rejects.toBe(error);
    expect(ends).toEqual([[error], [error]]);
  });
});
