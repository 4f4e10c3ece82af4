import fc from 'fast-check';
import { GatewayError } from '../../../errors/gateway-error.js';
import { PagePipe } from './page.pipe.js';

const pipe = new PagePipe();

describe('PagePipe', () => {
  it('should ask for the twenty newest where nothing is said', () => {
    const page = { after: undefined, limit: 20, order: 'desc' };
    expect(pipe.transform({})).toEqual({ page, ignored: [] });
    expect(pipe.transform({ limit: '', order: '', after: '', before: 'msg_1' })).toEqual({
      page,
      ignored: [],
    });
  });

  it('should read what is said', () => {
    expect(pipe.transform({ limit: '100', order: 'asc', after: 'msg_1' }).page).toEqual({
      after: 'msg_1',
      limit: 100,
      order: 'asc',
    });
  });

  it.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ limit: '-1' }, 'limit'],
    [{ limit: '1.5' }, 'limit'],
    [{ limit: '1e1' }, 'limit'],
    [{ limit: 'ten' }, 'limit'],
    [{ limit: ['1', '2'] }, 'limit'],
    [{ order: 'up' }, 'order'],
    [{ after: ['a', 'b'] }, 'after'],
    [{ include: { a: 'b' } }, 'include'],
  ])('should refuse %j', (query, param) => {
    expect(() => pipe.transform(query)).toThrow(expect.objectContaining({ param }) as Error);
  });

  it('should name what it was asked to include, and what is not there', () => {
    const query = {
      include: 'reasoning.encrypted_content',
      'include[]': ['web_search_call.results', 'message.output_text.logprobs', ''],
    };
    expect(pipe.transform(query).ignored).toEqual(['include:web_search_call.results']);
  });

  it('should read or refuse any query', () => {
    const value = fc.oneof(fc.string(), fc.array(fc.string()), fc.integer().map(String), fc.object());
    const name = fc.constantFrom('limit', 'order', 'after', 'include', 'include[]');
    fc.assert(
      fc.property(fc.dictionary(name, value), (query) => {
        try {
          const { page } = pipe.transform(query);
          expect(page.limit >= 1 && page.limit <= 100).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
        }
      }),
    );
  });
});
