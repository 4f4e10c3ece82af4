import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Environment } from './environment.js';
import { readProcessRole } from './process-role.js';
import { readVariables } from './read-variables.js';
import { sharedSimulatorUrl, workerVariables } from './worker-variables.js';

const KEY = 'ab'.repeat(32);
const shared = { environment: new Environment(), encryptionKey: KEY, simulatorUrl: undefined };
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

describe('readVariables', () => {
  it('should do without a file', () => {
    process.env.PORT = '1';
    expect(readVariables()).toMatchObject({ PORT: '1' });
  });

  it('should let the environment win over the file', () => {
    envFile('# mine\nPORT=2\nHOST="::1"\n#LOG_LEVEL=debug\nAPI_KEYS=\n');
    process.env.PORT = '1';
    expect(readVariables()).toMatchObject({ PORT: '1', HOST: '::1', API_KEYS: '' });
    expect(readVariables()).not.toHaveProperty('LOG_LEVEL');
  });
});

describe('readProcessRole', () => {
  it.each([
    [undefined, 'single'],
    ['', 'single'],
    [' 1 ', 'single'],
    ['many', 'single'],
    ['0', 'single'],
    ['2', 'primary'],
    ['64', 'primary'],
  ])('should be with WORKERS=%j: %s', (count, role) => {
    if (count !== undefined) process.env.WORKERS = count;
    expect(readProcessRole()).toBe(role);
  });

  it('should look into .env as well', () => {
    envFile('WORKERS=2');
    expect(readProcessRole()).toBe('primary');
  });

  it('should be worker for a process that a primary starts', () => {
    process.env = { ...process.env, WORKERS: '2', ...workerVariables(shared) };
    expect(readProcessRole()).toBe('worker');
  });
});

describe('workerVariables', () => {
  it('should have the key that stands in for ENCRYPTION_KEY', () => {
    expect(workerVariables(shared)).toMatchObject({ ENCRYPTION_KEY: KEY });
    process.env.ENCRYPTION_KEY = ' ';
    expect(workerVariables(shared)).toMatchObject({ ENCRYPTION_KEY: KEY });
  });

  it('should leave the deployer’s key alone, wherever it stands and whenever it came', () => {
    envFile(`ENCRYPTION_KEY=${'cd'.repeat(32)}`);
    expect(workerVariables(shared)).not.toHaveProperty('ENCRYPTION_KEY');
  });

  it('should say where the simulator is, if it is', () => {
    expect(sharedSimulatorUrl(workerVariables(shared))).toBeUndefined();
    const simulatorUrl = 'http://127.0.0.1:2';
    expect(sharedSimulatorUrl(workerVariables({ ...shared, simulatorUrl }))).toBe(simulatorUrl);
  });

  it('should keep all workers on one address', () => {
    const environment = Object.assign(new Environment(), { HOST: '::', PORT: 0 });
    expect(workerVariables({ ...shared, environment })).toMatchObject({ HOST: '::', PORT: '0' });
  });
});
