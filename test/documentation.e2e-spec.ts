import { readFileSync } from 'node:fs';
import { Environment, ENVIRONMENT_VARIABLES } from '../src/config/environment.js';
import { parseModelsFile } from '../src/config/models-file.js';

const NAME = /^[A-Z][A-Z0-9_]*$/;
const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const isSimulators = (name: string): boolean => name.startsWith('SIM_');
const sorted = (names: Iterable<string>): string[] => [...names].sort();

/** Variables named in the first column of any table, with the row's further cells. */
function tableRows(markdown: string): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const line of markdown.split('\n')) {
    if (!line.trim().startsWith('|')) continue;
    const [first = '', ...cells] = line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim());
    const name = first.replaceAll('`', '');
    if (NAME.test(name) && (name.includes('_') || ENVIRONMENT_VARIABLES.includes(name)))
      rows.set(name, cells);
  }
  return rows;
}

/** `NAME=value` lines of an env file, commented out or not. */
function envLines(text: string): Map<string, string> {
  const found = [...text.matchAll(/^#? ?([A-Z][A-Z0-9_]*)=(.*)$/gm)];
  return new Map(found.map(([, name = '', value = '']) => [name, value]));
}

/** The variables the simulator reads, out of its source: it has its own list. */
function simulatorVariables(): string[] {
  const source = read('src/simulator/simulator-options.ts');
  return sorted(new Set([...source.matchAll(/\bSIM_[A-Z0-9_]+\b/g)].map(([name]) => name)));
}

describe('README.md', () => {
  it('should list exactly the variables that there are', () => {
    const names = sorted(tableRows(read('README.md')).keys()).filter((name) => !isSimulators(name));
    expect(names).toEqual(sorted(ENVIRONMENT_VARIABLES));
  });

  it('should list exactly the variables of the simulator', () => {
    const names = sorted(tableRows(read('README.md')).keys()).filter(isSimulators);
    expect(names).toEqual(simulatorVariables());
  });

  it('should tell every default as it is', () => {
    const rows = tableRows(read('README.md'));
    const defaults = new Environment() as unknown as Record<string, string | number | boolean | undefined>;
    const digits = (text: string): string => text.replace(/(?<=\d)[ _,](?=\d{3})/g, '');
    const wrong = ENVIRONMENT_VARIABLES.filter((name) => {
      const value = defaults[name];
      return value !== undefined && !digits(rows.get(name)?.join(' | ') ?? '').includes(String(value));
    });
    expect(wrong).toEqual([]);
  });
});

describe('.env.example', () => {
  it('should list exactly the variables that there are', () => {
    const names = sorted(envLines(read('.env.example')).keys()).filter((name) => !isSimulators(name));
    expect(names).toEqual(sorted(ENVIRONMENT_VARIABLES));
  });

  it('should list exactly the variables of the simulator', () => {
    const names = sorted(envLines(read('.env.example')).keys()).filter(isSimulators);
    expect(names).toEqual(simulatorVariables());
  });
});

describe('Dockerfile', () => {
  it('should start the gateway as npm start does', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: { start: string } };
    const [, command = ''] = /^CMD (\[.*\])$/m.exec(read('Dockerfile')) ?? [];
    expect((JSON.parse(command) as string[]).join(' ')).toBe(scripts.start);
  });
});

describe('the models files in the documentation', () => {
  it.each(['README.md', 'docs/model-profiles.md'])('should be right in %s', (file) => {
    const examples = [...read(file).matchAll(/```yaml\n(models:[\s\S]*?)```/g)].map(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(() => parseModelsFile(example, file)).not.toThrow();
  });
});
