import * as fc from 'fast-check';
import { readResult } from './read-result.js';
import { readTools } from './read-tools.js';

const AS_IT_IS = (text: string): string => text;
const block = fc.oneof(
  fc.jsonValue(),
  fc.record({
    type: fc.constantFrom('text', 'image', 'audio', 'resource', 'resource_link', 'constructor'),
    text: fc.jsonValue(),
    data: fc.jsonValue(),
    mimeType: fc.jsonValue(),
    uri: fc.jsonValue(),
    resource: fc.jsonValue(),
  }),
);

describe('readResult', () => {
  it('should join what is text, and note what is not', () => {
    const content = [
      { type: 'text', text: 'one' },
      { type: 'image', mimeType: 'image/png', data: 'aGk=' },
      { type: 'resource', resource: { uri: 'a:b', text: 'two' } },
      { type: 'resource', resource: { uri: 'a:c', blob: 'aGk=' } },
      { type: 'resource_link', uri: 'a:d', name: 'd' },
      { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
    ];
    expect(readResult({ content, structuredContent: { not: 'shown' } }, AS_IT_IS)).toEqual({
      output: 'one\n[image]\ntwo\n[resource omitted]\na:d\n[audio omitted]',
      error: null,
      images: [{ mimeType: 'image/png', data: 'aGk=' }],
    });
    expect(readResult({ content: [], structuredContent: { sum: 3 } }, AS_IT_IS).output).toBe('{"sum":3}');
  });

  it('should take whatever a server says', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.array(block)),
        fc.jsonValue(),
        fc.jsonValue(),
        (content, isError, more) => {
          const { output, error } = readResult({ content, isError, structuredContent: more }, AS_IT_IS);
          expect(error === null).toBe(isError !== true);
          expect(typeof output).toBe(error === null ? 'string' : 'object');
        },
      ),
    );
  });
});

describe('readTools', () => {
  it('should take whatever a server says', () => {
    const tool = fc.record({
      name: fc.jsonValue(),
      description: fc.jsonValue(),
      inputSchema: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.oneof(tool, fc.jsonValue()))), (list) => {
        for (const { name, inputSchema } of readTools(list)) {
          expect(typeof name).toBe('string');
          expect(inputSchema.type).toBe('object');
        }
      }),
    );
  });
});
