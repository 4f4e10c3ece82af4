import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Environment, ENVIRONMENT_VARIABLES } from '../../src/config/environment.js';
import { SIMULATOR_VARIABLES } from '../../src/config/simulator.environment.js';
import { parseGatewayFile } from '../../src/gateway-file/parse-gateway-file.js';
import { ERROR_TABLE } from '../../src/errors/error-table.js';

const NAME = /^[A-Z][A-Z0-9_]*$/;
const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
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

const DEFAULTS = new Environment() as unknown as Record<string, string | number | boolean | undefined>;
const withoutSeparators = (text: string): string => text.replace(/(?<=\d)[ _,](?=\d{3})/g, '');

/** Names of the variables whose row does not hold their default. */
function wrongDefaults(names: readonly string[], rows: ReadonlyMap<string, readonly string[]>): string[] {
  return names.filter((name) => {
    const value = DEFAULTS[name];
    return (
      value !== undefined && !withoutSeparators(rows.get(name)?.join(' | ') ?? '').includes(String(value))
    );
  });
}

describe('docs/configuration.md', () => {
  const rows = tableRows(read('docs/configuration.md'));

  it('should list exactly the variables that there are', () => {
    const names = sorted(rows.keys()).filter((name) => !isSimulators(name));
    expect(names).toEqual(sorted(ENVIRONMENT_VARIABLES));
  });

  it('should list exactly the variables of the simulator', () => {
    expect(sorted(rows.keys()).filter(isSimulators)).toEqual(simulatorVariables());
  });

  it('should tell every default as it is', () => {
    expect(wrongDefaults(ENVIRONMENT_VARIABLES, rows)).toEqual([]);
  });
});

describe('the variables of the simulator', () => {
  it('should all be known, so that others are warned of', () => {
    expect(sorted(SIMULATOR_VARIABLES)).toEqual(simulatorVariables());
  });
});

describe('the oldest Node', () => {
  it('should be the same for npm and for the start', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, major, minor] = /OLDEST = \[(\d+), (\d+)\]/.exec(read('src/main.ts')) ?? [];
    expect(engines.node).toBe(`>=${major ?? ''}.${minor ?? ''}`);
  });
});

describe('README.md', () => {
  it('should tell of variables that there are, with their defaults', () => {
    const rows = tableRows(read('README.md'));
    const names = [...rows.keys()];
    expect(names.length).toBeGreaterThan(0);
    expect(ENVIRONMENT_VARIABLES).toEqual(expect.arrayContaining(names));
    expect(wrongDefaults(names, rows)).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  it('should list every code', () => {
    const documentation = read('docs/errors.md');
    const codes = Object.values(ERROR_TABLE).map(({ status, code }) => ({ status, code }));
    const rows = documentation.split('\n').filter((line) => line.startsWith('|'));
    const missing = codes.filter(
      ({ status, code }) =>
        !rows.some((row) => row.startsWith(`| ${status} |`) && row.includes(`\`${code}\``)),
    );
    expect(missing).toEqual([]);
  });
});

describe('the links of the documentation', () => {
  const folder = new URL('../..', import.meta.url);
  const guides = readdirSync(new URL('docs/', folder), { recursive: true, encoding: 'utf8' });
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'REVIEW.md', 'SECURITY.md'];
  const files = [...pages, ...guides.map((name) => `docs/${name}`)].filter((name) => name.endsWith('.md'));
  const prose = (file: URL): string => readFileSync(file, 'utf8').replaceAll(/```[\s\S]*?```/g, '');

  it.each(files)('should lead to files and headings that there are in %s', (name) => {
    const file = new URL(name, folder);
    const targets = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => new URL(link, file))
      .filter(({ protocol }) => protocol === 'file:');
    const dead = targets.filter((target) => {
      const { hash } = target;
      target.hash = '';
      return !existsSync(target) || (hash !== '' && !headings(prose(target)).has(hash.slice(1)));
    });
    expect(dead.map(String)).toEqual([]);
  });
});

/** Anchors of the headings, as GitHub makes them. */
function headings(markdown: string): Set<string> {
  const found = [...markdown.matchAll(/^#+ (.*)$/gm)];
  return new Set(
    found.map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('the TypeScript in the documentation', () => {
  /** All that a test compiles and runs. */
  const compiled = ['examples/extension/src/', 'test/support/'].flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(folder + name)),
  );
  const blocksOf = (name: string): string[] =>
    [...read(name).matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

  it.each(['README.md', 'docs/extending.md', 'docs/tool-calling.md'])(
    'should be part of a file that is compiled in %s',
    (name) => {
      const unknown = blocksOf(name).filter((block) => !compiled.some((source) => source.includes(block)));
      expect(unknown).toEqual([]);
    },
  );

  it('should show every file of the example but the one that only counts', () => {
    const blocks = blocksOf('docs/extending.md');
    const folder = new URL('../../examples/extension/src/', import.meta.url);
    const names = readdirSync(folder);
    const unseen = names.filter(
      (name) => !blocks.some((block) => read(`examples/extension/src/${name}`).includes(block)),
    );
    expect(unseen).toEqual(['usage.meter.ts']);
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
  it('should name the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('Dockerfile')).toContain(`ARG VERSION=${version}\n`);
    expect(read('CHANGELOG.md')).toContain(`## [${version}]`);
  });

  it('should start the gateway as npm start does', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: { start: string } };
    const [, command = ''] = /^CMD (\[.*\])$/m.exec(read('Dockerfile')) ?? [];
    expect((JSON.parse(command) as string[]).join(' ')).toBe(scripts.start);
  });
});

describe('the gateway files in the documentation', () => {
  const context = { servers: [], preset: 'lmdeploy', variable: () => 'value' } as const;

  it.each(['docs/gateway-file.md', 'docs/model-profiles.md'])('should be right in %s', (file) => {
    const examples = [...read(file).matchAll(/```yaml\n(#[\s\S]*?)?((upstreams|models):[\s\S]*?)```/g)];
    expect(examples.length).toBeGreaterThan(0);
    for (const [, , text = ''] of examples) {
      expect(() => parseGatewayFile(text, file, context)).not.toThrow();
    }
  });
});
