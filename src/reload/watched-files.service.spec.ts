import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { recordingLogger } from '../../test/support/recording-logger.js';
import { until } from '../../test/support/until.js';
import { type WatchedFile, WatchedFiles } from './watched-files.service.js';

describe('WatchedFiles', () => {
  let folder: string;
  let path: string;
  let files: WatchedFiles;
  let lines: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-watched-'));
    path = join(folder, 'number');
    const recording = recordingLogger();
    lines = recording.lines;
    files = new WatchedFiles(recording.logger);
  });
  afterEach(() => {
    files.onApplicationShutdown();
    rmSync(folder, { recursive: true });
  });

  const parse = (text: string, label: string): number => {
    if (!/^\d+$/.test(text)) throw new Error(`${label}: must be a number`);
    return Number(text);
  };
  const open = (): WatchedFile<number> => files.open('NUMBER_FILE', path, parse);

  it('should read a file at once, and again when it is told to', () => {
    writeFileSync(path, '1');
    const file = open();
    expect(file.current).toBe(1);
    writeFileSync(path, '2');
    files.reload();
    expect(file.current).toBe(2);
    expect(lines).toEqual([`info: NUMBER_FILE=${path}: reloaded`]);
  });

  it('should call back when it has read a file again, and not when it could not', () => {
    writeFileSync(path, '1');
    const file = open();
    const seen: number[] = [];
    file.onChange(() => seen.push(file.current));
    writeFileSync(path, 'x');
    files.reload();
    writeFileSync(path, '2');
    files.reload();
    expect(seen).toEqual([2]);
  });

  it.each(['x', null])(
    'should keep what it has read when the file is wrong or gone, and say so: %j',
    (text) => {
      writeFileSync(path, '1');
      const file = open();
      if (text === null) rmSync(path);
      else writeFileSync(path, text);
      files.reload();
      expect(file.current).toBe(1);
      expect(lines).toEqual([expect.stringContaining(`error: NUMBER_FILE=${path}: reload failed`)]);
      writeFileSync(path, '3');
      files.reload();
      expect(file.current).toBe(3);
    },
  );

  it('should try one that was wrong again, which may name what comes later, and say once why it is', async () => {
    writeFileSync(path, '1');
    let isThere = true;
    const file = files.open('NUMBER_FILE', path, (text, label) => {
      if (!isThere) throw new Error(`${label}: names what is not there`);
      return parse(text, label);
    });
    isThere = false;
    writeFileSync(path, '2');
    files.reload();
    await pause(2_500);
    expect(file.current).toBe(1);
    isThere = true;
    await until(() => file.current === 2);
    const failed = lines.filter((line) => line.startsWith('error: '));
    // One more where the watcher has noticed the change too.
    expect(failed.length).toBeLessThanOrEqual(2);
    expect(lines.at(-1)).toBe(`info: NUMBER_FILE=${path}: reloaded`);
  });

  it('should name the variable of a file that is wrong or missing at the start', () => {
    expect(open).toThrow(`Invalid environment:\n  NUMBER_FILE=${path}: cannot be read: ENOENT`);
    writeFileSync(path, 'x');
    expect(open).toThrow(`Invalid environment:\n  NUMBER_FILE=${path}: must be a number`);
  });

  it('should notice by itself that a mount was changed as Kubernetes changes it', async () => {
    for (const [version, text] of [
      ['v1', '1'],
      ['v2', '2'],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'number'), text);
    }
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync(join('..data', 'number'), path);
    const file = open();
    // The first look of the watcher is to be over.
    await pause(100);
    symlinkSync('v2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    while (file.current === 1) await pause(20);
    expect(file.current).toBe(2);
  });

  it('should say that there is nothing to read again', () => {
    files.reload();
    expect(lines).toEqual(['info: no files to reload']);
  });

  describe('of a folder', () => {
    const openAll = (): WatchedFile<string[]> =>
      files.openFolder('SOME_DIR', folder, (texts, label) => {
        if ([...texts.values()].includes('wrong')) throw new Error(`${label}: is wrong`);
        return [...texts].map(([name, text]) => `${name}=${text}`);
      });

    it('should be its YAML files, by name', () => {
      writeFileSync(join(folder, 'b.yml'), '2');
      writeFileSync(join(folder, 'a.yaml'), '1');
      writeFileSync(join(folder, '.hidden.yaml'), '3');
      writeFileSync(join(folder, 'notes.txt'), '4');
      expect(openAll().current).toEqual(['a.yaml=1', 'b.yml=2']);
    });

    it('should be read again when one is changed, added or taken away', async () => {
      writeFileSync(join(folder, 'a.yaml'), '1');
      const opened = openAll();
      writeFileSync(join(folder, 'a.yaml'), '10');
      await until(() => opened.current.includes('a.yaml=10'));
      writeFileSync(join(folder, 'b.yaml'), '2');
      await until(() => opened.current.length === 2);
      rmSync(join(folder, 'a.yaml'));
      await until(() => opened.current.length === 1);
      expect(opened.current).toEqual(['b.yaml=2']);
    });

    it('should stay as it was when one is wrong', () => {
      writeFileSync(join(folder, 'a.yaml'), '1');
      const opened = openAll();
      writeFileSync(join(folder, 'a.yaml'), 'wrong');
      files.reload();
      expect(opened.current).toEqual(['a.yaml=1']);
      expect(lines).toEqual([expect.stringContaining('reload failed')]);
    });
  });
});
