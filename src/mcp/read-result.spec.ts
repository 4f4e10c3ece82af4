import * as fc from 'fast-check';
import { readResult } from './read-result.js';
import { readTools } from './read-tools.js';

const asItIs = (text: string): string => text;
const AS_IT_IS = { hide: asItIs, maxImageBytes: 1_000 };
const PNG = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1').toString('base64');
const nest = (levels: number): unknown => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels));
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
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
      { type: 'image', mimeType: 'image/png', data: PNG },
      { type: 'resource', resource: { uri: 'a:b', text: 'two' } },
      { type: 'resource', resource: { uri: 'a:c', blob: 'aGk=' } },
      { type: 'resource_link', uri: 'a:d', name: 'd' },
      { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
    ];
    expect(readResult({ content, structuredContent: { not: 'shown' } }, AS_IT_IS)).toEqual({
      output: 'one\n[image]\ntwo\n[resource omitted]\na:d\n[audio omitted]',
      error: null,
      images: [{ mimeType: 'image/png', data: PNG }],
    });
    expect(readResult({ content: [], structuredContent: { sum: 3 } }, AS_IT_IS).output).toBe('{"sum":3}');
  });

  it.each([
    ['a page', 'text/html', PNG],
    ['no type', '', PNG],
    ['a drawing', 'image/svg+xml', PNG],
    ['no data', 'image/png', ''],
    ['no base64', 'image/png', '<<<'],
    ['base64 with something in it', 'image/png', `${PNG.slice(0, 8)}\n${PNG.slice(8)}`],
    ['padding without end', 'image/png', `${PNG}${'='.repeat(100_000)}!`],
    ['text', 'image/png', Buffer.from('<svg/>').toString('base64')],
    [
      'too much',
      'image/png',
      Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.alloc(1_000)]).toString('base64'),
    ],
    ['a secret', 'image/png', `${PNG}secretAA`],
  ])('should leave of an image that is none its note alone: %s', (_name, mimeType, data) => {
    const hide = (text: string): string => text.replace('secret', '[redacted]');
    const content = [{ type: 'image', mimeType, data }];
    expect(readResult({ content }, { hide, maxImageBytes: 1_000 })).toEqual({
      output: '[image]',
      error: null,
    });
  });

  it.each([
    ['image/jpg', 'image/jpeg', '\xff\xd8\xff\xe0'],
    ['IMAGE/GIF', 'image/gif', 'GIF89a'],
    ['image/png', 'image/webp', 'RIFF\n\0\0\0WEBPVP8 '],
  ])('should show an image of %s as what it is: %s', (mimeType, real, bytes) => {
    const data = Buffer.from(bytes, 'latin1').toString('base64');
    const content = [{ type: 'image', mimeType, data: data.replace(/=+$/, '') }];
    expect(readResult({ content }, AS_IT_IS).images).toEqual([{ mimeType: real, data }]);
  });

  it('should show a few images', () => {
    const content = Array.from({ length: 50 }, () => ({ type: 'image', mimeType: 'image/png', data: PNG }));
    expect(readResult({ content }, AS_IT_IS).images).toHaveLength(16);
  });

  it.each([33, 2_000, 100_000])('should cut what is nested %i levels deep', (levels) => {
    const deep = nest(levels);
    const { error } = readResult({ isError: true, content: [{ type: 'text', text: 'no', deep }] }, AS_IT_IS);
    expect(depthOf(error)).toBeLessThanOrEqual(40);
    expect(JSON.stringify(error)).toContain('"text":"no"');
    const { output } = readResult({ structuredContent: deep }, AS_IT_IS);
    expect(depthOf(JSON.parse(output ?? ''))).toBe(32);
    expect(output).toContain('[omitted: nested too deeply]');
  });

  it('should keep what an error says to blocks, and to a size', () => {
    const long = { type: 'text', text: 'x'.repeat(100_000) };
    const { error } = readResult(
      { isError: true, content: [1, 'a', null, { type: 'x' }, long, long] },
      AS_IT_IS,
    );
    expect(error).toEqual({
      type: 'mcp_tool_execution_error',
      content: [{ type: 'x' }, { type: 'text', text: expect.stringMatching(/^x{60000,65536}$/) as string }],
    });
  });

  it('should take secrets out of all that is structured, whatever JSON makes of them', () => {
    const hide = (text: string): string => text.replaceAll('"s3cret\\', '[redacted]');
    const parts = { '"s3cret\\': ['"s3cret\\', { a: 'b "s3cret\\' }] };
    const limits = { hide, maxImageBytes: 1 };
    expect(readResult({ structuredContent: parts }, limits).output).toBe(
      '{"[redacted]":["[redacted]",{"a":"b [redacted]"}]}',
    );
    expect(JSON.stringify(readResult({ isError: true, content: [parts] }, limits))).not.toContain('s3cret');
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
        for (const { name, inputSchema } of readTools(list, asItIs)) {
          expect(typeof name).toBe('string');
          expect(inputSchema.type).toBe('object');
        }
      }),
    );
  });

  it('should take secrets out of all that it shows', () => {
    const hide = (text: string): string => text.replaceAll('s3cret', '[redacted]');
    const inputSchema = {
      type: 'object',
      properties: { s3cret: { enum: ['a s3cret'], default: { deep: ['s3cret'] } } },
    };
    const tools = readTools(
      [{ name: 'a', description: 'of s3cret', inputSchema }, { name: 'my-s3cret' }],
      hide,
    );
    expect(tools).toHaveLength(1);
    expect(JSON.stringify(tools)).not.toContain('s3cret');
    expect(tools[0]).toMatchObject({
      description: 'of [redacted]',
      inputSchema: { properties: { '[redacted]': { enum: ['a [redacted]'] } } },
    });
  });
});
