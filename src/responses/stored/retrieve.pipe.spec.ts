import { RetrievePipe } from './retrieve.pipe.js';

const pipe = new RetrievePipe();

describe('RetrievePipe', () => {
  it('should ask for the response itself where nothing is said', () => {
    const plain = { stream: false, startingAfter: undefined, obfuscate: false, ignored: [] };
    expect(pipe.transform({})).toEqual(plain);
    expect(pipe.transform({ stream: 'false', starting_after: '' })).toEqual(plain);
  });

  it('should read where a stream goes on', () => {
    expect(pipe.transform({ stream: 'true', starting_after: '0', include_obfuscation: 'true' })).toEqual({
      stream: true,
      startingAfter: 0,
      obfuscate: true,
      ignored: [],
    });
  });

  it.each([
    [{ starting_after: '3' }, 'starting_after'],
    [{ starting_after: '3', stream: 'false' }, 'starting_after'],
    [{ starting_after: 'x', stream: 'true' }, 'starting_after'],
    [{ starting_after: '1.5', stream: 'true' }, 'starting_after'],
    [{ starting_after: '-1', stream: 'true' }, 'starting_after'],
    [{ starting_after: '9'.repeat(30), stream: 'true' }, 'starting_after'],
    [{ stream: '1' }, 'stream'],
    [{ stream: ['true', 'true'] }, 'stream'],
    [{ include_obfuscation: 'yes' }, 'include_obfuscation'],
  ])('should refuse %j', (query, param) => {
    expect(() => pipe.transform(query)).toThrow(expect.objectContaining({ param }) as Error);
  });
});
