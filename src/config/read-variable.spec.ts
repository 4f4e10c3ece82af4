import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readVariable } from './read-variable.js';

const before = { folder: process.cwd(), variables: process.env };
let folder: string;

const envFile = (text: string): void => {
  writeFileSync(join(folder, '.env'), text);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'variables-'));
  process.chdir(folder);
  process.env = { PATH: before.variables.PATH };
});
afterEach(() => {
  process.chdir(before.folder);
  process.env = before.variables;
  rmSync(folder, { recursive: true });
});

describe('readVariable', () => {
  it('should be empty where nobody says anything, and there is no file', () => {
    expect(readVariable('EXTENSIONS')).toBe('');
  });

  it('should do without a file', () => {
    process.env.EXTENSIONS = 'of-the-environment';
    expect(readVariable('EXTENSIONS')).toBe('of-the-environment');
  });

  it('should look into the file', () => {
    envFile('# mine\nEXTENSIONS="of the file"\n#LOG_LEVEL=debug\n');
    expect(readVariable('EXTENSIONS')).toBe('of the file');
    expect(readVariable('LOG_LEVEL')).toBe('');
  });

  it('should let the environment win over the file, also where it is empty', () => {
    envFile('EXTENSIONS=of-the-file\n');
    process.env.EXTENSIONS = 'of-the-environment';
    expect(readVariable('EXTENSIONS')).toBe('of-the-environment');
    process.env.EXTENSIONS = '';
    expect(readVariable('EXTENSIONS')).toBe('');
  });

  it('should let what the program says win over both', () => {
    envFile('EXTENSIONS=of-the-file\n');
    process.env.EXTENSIONS = 'of-the-environment';
    expect(readVariable('EXTENSIONS', { EXTENSIONS: 'of-the-program' })).toBe('of-the-program');
    expect(readVariable('EXTENSIONS', { EXTENSIONS: '' })).toBe('');
    expect(readVariable('EXTENSIONS', { PORT: '1' })).toBe('of-the-environment');
  });
});
