import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { parseEnvironment } from '../config/environment.js';
import { GivenVariables } from '../config/given-variables.js';
import { WatchedFiles } from '../reload/watched-files.service.js';
import { GatewayFile } from './gateway-file.service.js';

const ONE = 'upstreams: [{ name: a, baseUrl: "http://a" }]';
const TWO = 'upstreams: [{ name: a, baseUrl: "http://a" }, { name: b, baseUrl: "http://b" }]';

describe('GatewayFile', () => {
  let folder: string;
  let path: string;
  let files: WatchedFiles;
  let refusals: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-file-'));
    path = join(folder, 'gateway.yaml');
    refusals = [];
    const { logger } = recordingLogger();
    logger.error = (line: unknown) => {
      refusals.push((line as { err: Error }).err.message);
    };
    files = new WatchedFiles(logger);
  });
  afterEach(() => {
    files.onApplicationShutdown();
    rmSync(folder, { recursive: true });
  });

  const open = (variables: Record<string, string>): GatewayFile =>
    new GatewayFile(parseEnvironment(variables), new GivenVariables(variables), files);
  const openWith = (text: string, variables: Record<string, string> = {}): GatewayFile => {
    writeFileSync(path, text);
    return open({ CONFIG_FILE: path, ...variables });
  };
  const change = (text: string): void => {
    writeFileSync(path, text);
    files.reload();
  };
  const namesIn = (file: GatewayFile): string[] => file.upstreams.map(({ name }) => name);

  it('should make servers of UPSTREAM_BASE_URL where there is no file', () => {
    const file = open({ UPSTREAM_BASE_URL: 'http://gpu-1:23333, https://gpu-2/v1,' });
    expect(file.upstreams).toEqual([
      { name: 'gpu-1:23333', baseUrl: 'http://gpu-1:23333' },
      { name: 'gpu-2', baseUrl: 'https://gpu-2/v1' },
    ]);
    expect(file.models).toEqual([]);
    expect(open({}).upstreams).toEqual([]);
  });

  it('should take servers over when the file changes, and tell', () => {
    const file = openWith(ONE);
    const seen: string[][] = [];
    file.onChange(() => seen.push(namesIn(file)));
    change(TWO);
    expect(seen).toEqual([['a', 'b']]);
  });

  it('should put variables in, and take an empty one for unset', () => {
    const text = 'upstreams: [{ name: a, baseUrl: "http://a", apiKey: "${KEY}" }]';
    expect(openWith(text, { KEY: 'secret' }).upstreams[0]?.apiKey).toBe('secret');
    expect(() => openWith(text, { KEY: ' ' })).toThrow('${KEY} is not set');
    expect(() => openWith(text.replace('KEY', 'constructor'))).toThrow('${constructor} is not set');
  });

  it.each([
    [ONE, 'models: [{ id: m }]', 'upstreams: cannot be taken away without a restart'],
    ['models: [{ id: m }]', ONE, 'upstreams: cannot be added without a restart'],
    [ONE, '', 'must be a mapping'],
  ])('should keep %j rather than take over %j', (before, after, problem) => {
    const file = openWith(before);
    const names = namesIn(file);
    change(after);
    expect(namesIn(file)).toEqual(names);
    expect(refusals).toEqual([expect.stringContaining(problem)]);
  });

  it('should look at what there is with a check, and at what is read later', () => {
    const noB = ({ upstreams = [] }: { upstreams?: { name: string }[] }): string[] =>
      upstreams.flatMap(({ name }, index) => (name === 'b' ? [`upstreams[${index}]: is b`] : []));
    expect(() => {
      openWith(TWO).addCheck(noB);
    }).toThrow(`Invalid environment:\n  CONFIG_FILE=${path}:\n    upstreams[1]: is b`);
    const file = openWith(ONE);
    file.addCheck(noB);
    change(TWO);
    expect(namesIn(file)).toEqual(['a']);
  });
});
