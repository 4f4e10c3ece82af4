import { parsePromptFiles } from './prompt-file.js';

const read = (files: Record<string, string>) => parsePromptFiles(new Map(Object.entries(files)), 'P=dir');
const problem = (files: Record<string, string>): string => {
  try {
    read(files);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('parsePromptFiles', () => {
  it('should read versions by the id, or the name of the file', () => {
    const table = read({
      'a.yaml':
        'id: support\nversions: [{ version: 1, instructions: Hi }, { version: "2", temperature: 0.5 }]',
      'b.yml':
        'versions: [{ version: x, input: [{ role: user, content: hi }], tools: [{ type: function }] }]',
    });
    expect([...table.keys()]).toEqual(['support', 'b']);
    expect(table.get('support')).toMatchObject([
      { version: '1', instructions: 'Hi' },
      { version: '2', temperature: 0.5 },
    ]);
    expect(table.get('b')).toMatchObject([{ input: [{ role: 'user', content: 'hi' }] }]);
  });

  it.each([
    ['[]', 'P=dir/a.yaml: must be a mapping with versions'],
    ['', 'P=dir/a.yaml: must be a mapping with versions'],
    ['id: a', 'P=dir/a.yaml:\n  versions: '],
    ['versions: []', '\n  versions: should not be empty'],
    ['versions: [{ instructions: a }]', '\n  versions[0].version: must be 1 to 64 letters'],
    ['versions: [{ version: 1, stream: true }]', '\n  versions[0].stream: is unknown'],
    ['versions: [{ version: 1, temperature: 3 }]', '\n  versions[0].temperature: '],
    ['versions: [{ version: 1, input: 5 }]', '\n  versions[0].input: must be a text, or a list of items'],
    ['versions: [{ version: 1 }, { version: "1" }]', '\n  versions[1].version: 1 is used twice'],
    ['id: a/b\nversions: [{ version: 1 }]', '\n  id: must be 1 to 64 letters'],
    ['versions: [', 'P=dir/a.yaml: is no YAML in line 1'],
  ])('should say what is wrong with %j', (text, message) => {
    expect(problem({ 'a.yaml': text })).toContain(message);
  });

  it('should refuse two prompts of one id', () => {
    const text = 'versions: [{ version: 1 }]';
    expect(problem({ 'a.yaml': text, 'b.yaml': `id: a\n${text}` })).toContain(
      'b.yaml: the id a is used twice',
    );
  });
});
