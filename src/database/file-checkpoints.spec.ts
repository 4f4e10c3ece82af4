import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileCheckpoints } from './file-checkpoints.js';

const { default: Database } = await import('libsql');

describe('checkpoints of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What stands in the file alone, without its log. */
  function readAlone(path: string): unknown[] {
    const copy = join(folder, 'alone.db');
    copyFileSync(path, copy);
    const database = new Database(copy);
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    database.close();
    return tables;
  }

  it('should move what is committed into the file, and leave the file to who writes', async () => {
    const path = join(folder, 'main.db');
    const database = new Database(path);
    database.pragma('journal_mode = WAL');
    const checkpoints = await FileCheckpoints.start(database, path);
    database.exec('create table kept (id text)');
    expect(readAlone(path)).toEqual([]);

    const moving = checkpoints.move();
    database.exec("insert into kept values ('while it moves')");
    await moving;

    expect(readAlone(path)).toEqual([{ name: 'kept' }]);
    checkpoints.stop();
    database.exec("insert into kept values ('behind it')");
    expect(database.prepare('select count(*) as rows from kept').all()).toEqual([{ rows: 2 }]);
    database.close();
  });

  it('should give way where somebody writes at length', async () => {
    const path = join(folder, 'busy.db');
    const database = new Database(path);
    database.pragma('journal_mode = WAL');
    const checkpoints = await FileCheckpoints.start(database, path);
    database.exec('begin immediate; create table kept (id text)');
    await expect(checkpoints.move()).resolves.toBeUndefined();
    database.exec('commit');
    expect(database.prepare('select count(*) as rows from kept').all()).toEqual([{ rows: 0 }]);
    checkpoints.stop();
    database.close();
  });
});
