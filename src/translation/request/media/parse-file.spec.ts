import { messagesOf, refusalOf, translate } from '../../../../test/support/translation.js';

const file = (fields: Record<string, unknown>) => ({ type: 'input_file', ...fields });
const base64 = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(text, encoding).toString('base64');
const asUser = (part: unknown) => [{ role: 'user', content: [part] }];
const asOutput = (part: unknown) => [
  { role: 'user', content: 'q' },
  { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
  { type: 'function_call_output', call_id: 'c', output: [part] },
];

describe('a file of text', () => {
  it.each([
    ['plain', { file_data: `data:text/plain;base64,${base64('hello')}` }, 'hello'],
    [
      'with a name',
      { filename: 'a.txt', file_data: `data:text/plain;base64,${base64('hello')}` },
      'File a.txt:\nhello',
    ],
    ['JSON', { file_data: `data:application/json;base64,${base64('{}')}` }, '{}'],
    ['JSON of a kind', { file_data: `data:application/ld+json;base64,${base64('{}')}` }, '{}'],
    ['CSV', { file_data: `data:text/csv;charset=utf-8;base64,${base64('a,b')}` }, 'a,b'],
    ['Markdown', { file_data: `data:text/markdown;base64,${base64('# A')}` }, '# A'],
    ['XML', { file_data: `data:application/xml;base64,${base64('<a/>')}` }, '<a/>'],
    ['YAML', { file_data: `data:application/x-yaml;base64,${base64('a: 1')}` }, 'a: 1'],
    ['by its name', { filename: 'a.PY', file_data: base64('x=1') }, 'File a.PY:\nx=1'],
    [
      'by its name, of an unknown type',
      { filename: 'a.md', file_data: `data:application/octet-stream;base64,${base64('x')}` },
      'File a.md:\nx',
    ],
    [
      'CSV as a system with Excel calls it',
      { filename: 'a.csv', file_data: `data:application/vnd.ms-excel;base64,${base64('a,b')}` },
      'File a.csv:\na,b',
    ],
    [
      'TypeScript as browsers call it',
      { filename: 'a.ts', file_data: `data:video/mp2t;base64,${base64('let a')}` },
      'File a.ts:\nlet a',
    ],
    [
      'behind its URL, no data given',
      { file_data: null, file_url: `data:text/plain;base64,${base64('x')}` },
      'x',
    ],
    ['in percents', { file_data: 'data:text/plain,a%20b,c' }, 'a b,c'],
    ['empty', { file_data: 'data:text/plain;base64,' }, ''],
    ['behind its URL', { file_url: `data:text/plain;base64,${base64('hello')}` }, 'hello'],
    ['in Latin-1', { file_data: `data:text/plain;charset=iso-8859-1;base64,${base64('é', 'latin1')}` }, 'é'],
    ['in UTF-16', { file_data: `data:text/plain;base64,${base64('\ufeffé', 'utf16le')}` }, 'é'],
    [
      'of an encoding nobody knows',
      { file_data: `data:text/plain;charset=martian;base64,${base64('é')}` },
      'é',
    ],
    [
      'that is not what it says',
      { file_data: `data:text/plain;base64,${base64('a\xff', 'latin1')}` },
      'a\ufffd',
    ],
    [
      'with a name of many lines',
      { filename: 'a\r\nb\u202e.txt', file_data: base64('x') },
      'File a b .txt:\nx',
    ],
  ])('should become its text: %s', (_name, fields, text) => {
    expect(messagesOf(asUser(file(fields)))).toEqual([{ role: 'user', content: text }]);
    expect(messagesOf(asOutput(file(fields))).at(-1)).toEqual({
      role: 'tool',
      tool_call_id: 'c',
      content: text,
    });
  });

  it('should be read in the form of chat completions', () => {
    const part = {
      type: 'file',
      file: { filename: 'a.txt', file_data: `data:text/plain;base64,${base64('hello')}` },
    };
    expect(messagesOf(asUser(part))).toEqual([{ role: 'user', content: 'File a.txt:\nhello' }]);
  });

  it.each([
    ['what is no base64', { file_data: 'data:text/plain;base64,a*b=' }, 'file_data'],
    ['what is no base64, without a type', { filename: 'a.txt', file_data: 'hello, world' }, 'file_data'],
    ['no comma', { file_data: 'data:text/plain;base64' }, 'file_data'],
    ['half a percent', { file_data: 'data:text/plain,%E4%' }, 'file_data'],
    ['data that are a number', { file_data: 5 }, 'file_data'],
    ['a name that is a number', { filename: 5, file_data: 'YQ==' }, 'filename'],
    ['a private URL', { file_url: 'http://127.0.0.1/a.txt' }, 'file_url'],
    ['the URL of a file', { file_url: 'file:///etc/passwd' }, 'file_url'],
  ])('should be refused with %s, also as an output', (_name, fields, field) => {
    const refusal = { status: 400, code: 'invalid_request' };
    expect(refusalOf(() => messagesOf(asUser(file(fields))))).toMatchObject({
      ...refusal,
      param: `input[0].content[0].${field}`,
    });
    expect(refusalOf(() => messagesOf(asOutput(file(fields))))).toMatchObject({
      ...refusal,
      param: `input[2].output[0].${field}`,
    });
  });
});

describe('a file that cannot be read', () => {
  const UNREADABLE: [name: string, fields: Record<string, unknown>, param: string][] = [
    ['a PDF', { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }, ''],
    ['a PDF by its name', { filename: 'a.pdf', file_data: 'JVBERi0=' }, ''],
    [
      'a PDF with the name of a text',
      { filename: 'a.txt', file_data: 'data:application/pdf;base64,JVBERi0=' },
      '',
    ],
    ['no name and no type', { file_data: 'YQ==' }, ''],
    ['too much', { file_data: `data:text/plain;base64,${base64('a'.repeat(1025))}` }, '.file_data'],
    ['one by id', { file_id: 'file-1' }, '.file_id'],
    ['one by URL', { file_url: 'https://example.com/a.txt' }, '.file_url'],
    ['nothing', {}, ''],
  ];

  it.each(UNREADABLE)('should be refused where the user sends it: %s', (_name, fields, param) => {
    expect(refusalOf(() => messagesOf(asUser(file(fields))))).toMatchObject({
      status: 400,
      code: 'unsupported_value',
      param: `input[0].content[0]${param}`,
    });
  });

  it.each(UNREADABLE)(
    'should be a note in an output, so that the conversation goes on: %s',
    (_name, fields) => {
      const { chat, plan } = translate({ input: asOutput(file(fields)) });
      expect(chat.messages.at(-1)).toEqual({
        role: 'tool',
        tool_call_id: 'c',
        content: expect.stringMatching(/^\[The file ?[\w.]* was left out: .*\.\]$/) as string,
      });
      expect(plan.ignored).toEqual(['input:input_file']);
    },
  );

  it('should be a note also where it is an image by id', () => {
    const { chat, plan } = translate({ input: asOutput({ type: 'input_image', file_id: 'file-1' }) });
    expect(chat.messages.at(-1)?.content).toMatch(/^\[An image was left out: /);
    expect(plan.ignored).toEqual(['input:input_image']);
  });
});
