import { readTrace } from './read-trace.js';

const TRACE = { ws_request_header_traceparent: 'parent', ws_request_header_tracestate: 'state' };

describe('readTrace', () => {
  it('should find what Codex says in its frames', () => {
    expect(readTrace({ client_metadata: TRACE })).toEqual({ traceparent: 'parent', tracestate: 'state' });
  });

  it('should not join a trace to the state of another', () => {
    const { ws_request_header_traceparent } = TRACE;
    const own = readTrace({
      client_metadata: { ws_request_header_traceparent, ws_request_header_tracestate: 1 },
    });
    expect({ ...{ traceparent: 'of the handshake', tracestate: 'of the handshake' }, ...own }).toEqual({
      traceparent: 'parent',
      tracestate: undefined,
    });
  });

  it.each([
    undefined,
    null,
    [],
    {},
    { client_metadata: null },
    { client_metadata: [] },
    { client_metadata: 'x' },
  ])('should find nothing in %j', (body) => {
    expect(readTrace(body)).toEqual({});
  });

  it('should find nothing where the parent is none', () => {
    const tracestate = { ws_request_header_tracestate: 'state' };
    expect(readTrace({ client_metadata: tracestate })).toEqual({});
    expect(readTrace({ client_metadata: { ...tracestate, ws_request_header_traceparent: 1 } })).toEqual({});
  });
});
