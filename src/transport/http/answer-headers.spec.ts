import { RequestContext } from '../../request/request-context.js';
import { noticeHeaders } from './answer-headers.js';

function headersOf(fields: Partial<Pick<RequestContext, 'ignored' | 'warnings'>>): Record<string, string> {
  return noticeHeaders(Object.assign(new RequestContext('req_1', undefined, {}), fields));
}

describe('noticeHeaders', () => {
  it('should be none when there is nothing to tell', () => {
    expect(headersOf({})).toEqual({});
  });

  it('should list what was left out, and what is wrong', () => {
    expect(headersOf({ ignored: ['store', 'include:a.b'], warnings: ['output_schema_violation'] })).toEqual({
      'x-gateway-ignored': 'store, include:a.b',
      'x-gateway-warning': 'output_schema_violation',
    });
  });

  it.each(['a\r\nset-cookie: b', 'a\nb', 'a b', 'a,b', 'ü', '', 'a\u0000', '"a"', 'x'.repeat(65)])(
    'should leave out the name %j, which has no place in a header',
    (name) => {
      expect(headersOf({ ignored: [name, 'good'] })).toEqual({ 'x-gateway-ignored': 'good' });
      expect(headersOf({ ignored: [name] })).toEqual({});
    },
  );

  it('should stay short', () => {
    const ignored = Array.from({ length: 1_000 }, (_, index) => `field_${index}`.padEnd(64, 'x'));
    const header = headersOf({ ignored })['x-gateway-ignored'] ?? '';
    expect(header.split(', ')).toEqual(ignored.slice(0, 32));
  });
});
