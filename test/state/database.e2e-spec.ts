import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestApp } from '../support/create-test-app.js';
import { HAS_POSTGRES, PostgresServer } from '../support/postgres.js';
import { KEY, makeFolder, openStores, type Stores } from './open-stores.js';
import { answer, asStored, reasoning, sampleRecord, userMessage } from './sample-records.js';

const SECRET = 'a thought that nobody is to read';
const NEWER = `insert into kysely_migration (name, timestamp) values ('9999_newer', '2099-01-01')`;

describe('a database in a file', () => {
  const folder = makeFolder();
  afterAll(folder.remove);
  const fileOf = (name: string) => join(folder.path, name);

  it('should be there again in the next process', async () => {
    const url = `file:${fileOf('kept.db')}`;
    const record = sampleRecord();
    const before = await openStores(url);
    await before.responses.create(record);
    await before.close();
    const after = await openStores(url);
    expect((await after.responses.find('tenant', record.response.id))?.response).toEqual(record.response);
    await after.close();
  });

  it('should not show reasoning when a key is set, be it output, hidden, or one of many items', async () => {
    const path = fileOf('sealed.db');
    const stores = await openStores(`file:${path}`, { ENCRYPTION_KEY: KEY });
    const thought = () => reasoning(SECRET);
    const many = Array.from({ length: 60 }, () => asStored(thought()));
    const records = [
      sampleRecord({ output: [thought()], hidden: [{ item: asStored(thought()), before: 0 }] }),
      sampleRecord({ input: many }),
      sampleRecord({ job: JSON.stringify({ SECRET }), status: 'queued', background: true, output: [] }),
    ];
    for (const record of records) await stores.responses.create(record);
    const [first, second, third] = records.map(({ response }) => response.id);
    expect((await stores.responses.find('tenant', first!))?.response).toEqual(records[0]!.response);
    expect(JSON.stringify(await stores.responses.findHistory('tenant', first!)).split(SECRET)).toHaveLength(
      3,
    );
    expect((await stores.responses.findHistory('tenant', second!))?.items.slice(0, 60)).toEqual(many);
    expect((await stores.responses.find('tenant', third!))?.job).toBe(records[2]!.job);
    await stores.close();
    for (const name of [path, `${path}-wal`]) expect(contentOf(name)).not.toContain(SECRET);
  });

  it('should still be read when a key is set later, and do without what a lost key has sealed', async () => {
    const url = `file:${fileOf('keys.db')}`;
    const open = reasoning('open');
    const sealed = reasoning('sealed');
    const plain = await openStores(url);
    const first = sampleRecord({ output: [open, answer('one')] });
    await plain.responses.create(first);
    await plain.close();
    const keyed = await openStores(url, { ENCRYPTION_KEY: KEY });
    const second = sampleRecord({ previous: first.response.id, output: [sealed, answer('two')] });
    await keyed.responses.create(second);
    expect((await keyed.responses.findHistory('tenant', second.response.id))?.items).toEqual([
      ...[...first.input, ...first.response.output],
      ...[...second.input, ...second.response.output],
    ]);
    await keyed.close();
    const other = await openStores(url, { ENCRYPTION_KEY: 'b2'.repeat(32) });
    expect((await other.responses.findHistory('tenant', second.response.id))?.items).toEqual([
      ...[...first.input, ...first.response.output],
      ...[...second.input, second.response.output[1]],
    ]);
    const withoutText = { type: 'reasoning', id: sealed.id, status: 'completed', summary: [] };
    expect((await other.responses.find('tenant', second.response.id))?.response.output[0]).toEqual(
      withoutText,
    );
    expect((await other.responses.findItems('tenant', [sealed.id])).get(sealed.id)).toEqual(withoutText);
    await other.close();
  });

  it('should not be opened when it was written by a newer version', async () => {
    const url = `file:${fileOf('newer.db')}`;
    const stores = await openStores(url);
    const { default: Libsql } = await import('libsql');
    await stores.close();
    const file = new Libsql(fileOf('newer.db'));
    file.exec(NEWER);
    file.close();
    await expect(openStores(url)).rejects.toThrow(/DATABASE_URL=file:.*newer version/);
  });

  it.each(['a folder', 'no database', 'below a file'])(
    'should stop the start and name DATABASE_URL where it is %s',
    async (kind) => {
      const path = fileOf(kind);
      if (kind === 'a folder') mkdirSync(path);
      else writeFileSync(path, 'This is no database, it is a text of some length. '.repeat(100));
      const DATABASE_URL = `file:${kind === 'below a file' ? join(path, 'state.db') : path}`;
      await expect(openStores(DATABASE_URL)).rejects.toThrow(`DATABASE_URL=${DATABASE_URL}`);
      await expect(
        createTestApp({ environment: { DATABASE_URL, UPSTREAM_BASE_URL: 'http://127.0.0.1:1' } }),
      ).rejects.toThrow('DATABASE_URL');
    },
  );

  it('should wait for another process that is writing, with its start and with a response', async () => {
    const path = fileOf('shared.db');
    const parent = sampleRecord();
    const child = sampleRecord({ previous: parent.response.id });
    // It waits without leaving the event loop: the other process has to come to its end by itself.
    const first = await holdFile(path);
    const stores = await openStores(`file:${path}`);
    await stores.responses.create(parent);
    expect(await first.ended).toEqual([0, null]);
    const second = await holdFile(path);
    await stores.responses.create(child);
    expect((await stores.responses.findHistory('tenant', child.response.id))?.items).toHaveLength(4);
    expect(await second.ended).toEqual([0, null]);
    await stores.close();
  });
});

(HAS_POSTGRES ? describe : describe.skip)('PostgreSQL (skipped where it is not installed)', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  const opened: Stores[] = [];
  const openBoth = async (url: string) => {
    const both = await Promise.all([openStores(url), openStores(url)]);
    opened.push(...both);
    return both;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((stores) => stores.close()));
  });

  it('should be set up once by replicas that start at the same moment', async () => {
    const url = await server.createDatabase();
    const all = await Promise.all(Array.from({ length: 5 }, () => openStores(url)));
    opened.push(...all);
    expect(await server.query(url, 'select name from kysely_migration')).toHaveLength(1);
    expect(await all[4]!.responses.isReady()).toBe(true);
  });

  it('should not be opened when it was written by a newer version', async () => {
    const url = await server.createDatabase();
    await (await openStores(url)).close();
    await server.query(url, NEWER);
    const opening = openStores(url);
    await expect(opening).rejects.toThrow(/DATABASE_URL=postgres:.*newer version/);
    await expect(opening).rejects.not.toThrow(url);
  });

  it('should stop the start and name DATABASE_URL where nobody listens', async () => {
    await expect(openStores('postgres://nobody:secret@127.0.0.1:1/none')).rejects.toThrow(
      /^(?!.*secret).*DATABASE_URL=postgres/s,
    );
  });

  it('should branch when replicas continue one response at the same moment', async () => {
    const both = await openBoth(await server.createDatabase());
    const parent = sampleRecord({ input: [userMessage('a')] });
    await both[0].responses.create(parent);
    const children = Array.from({ length: 40 }, (_, index) =>
      sampleRecord({ previous: parent.response.id, input: [userMessage(String(index))] }),
    );
    await Promise.all(children.map((child, index) => both[index % 2]!.responses.create(child)));
    for (const { response, input } of children) {
      const history = await both[0].responses.findHistory('tenant', response.id);
      expect(history?.items).toEqual(
        [parent, { input, response }].flatMap((turn) => [...turn.input, ...turn.response.output]),
      );
    }
  });

  it('should keep all where replicas get the same items in different order', async () => {
    const both = await openBoth(await server.createDatabase());
    for (let round = 0; round < 10; round++) {
      const items = Array.from({ length: 10 }, (_, index) => userMessage(`item ${index}`));
      const records = Array.from({ length: 8 }, (_, index) =>
        sampleRecord({ input: index % 2 === 0 ? items : [...items].reverse() }),
      );
      await Promise.all(records.map((record, index) => both[index % 2]!.responses.create(record)));
      for (const { response, input } of records) {
        const history = await both[1].responses.findHistory('tenant', response.id);
        expect(history?.items.slice(0, 10)).toEqual(input);
      }
    }
  });

  it('should be ended once by replicas that end it at the same moment', async () => {
    const both = await openBoth(await server.createDatabase());
    const record = sampleRecord({ status: 'queued', background: true, output: [] });
    await both[0].responses.create(record);
    const begun = await Promise.all(
      both.map((stores) => stores.responses.begin('tenant', record.response.id, 60_000)),
    );
    expect(begun.filter(Boolean)).toHaveLength(1);
    const endings = (['completed', 'failed', 'cancelled'] as const).map((status) =>
      both[0].responses.settle('tenant', { ...record.response, status }, [], record.expiresAt),
    );
    expect((await Promise.all(endings)).filter(Boolean)).toHaveLength(1);
  });

  it('should be said to be away while it is, and be used again afterwards', async () => {
    const [stores] = await openBoth(await server.createDatabase());
    const record = sampleRecord();
    await stores.responses.create(record);
    await server.kill();
    expect(await stores.responses.isReady()).toBe(false);
    for (const attempt of [
      stores.responses.create(sampleRecord()),
      stores.responses.find('tenant', record.response.id),
      stores.conversations.find('tenant', 'conv_x'),
      stores.responses.sweep(10),
    ]) {
      await expect(attempt).rejects.toMatchObject({ errorName: 'store_unavailable', status: 503 });
    }
    await server.resume();
    expect((await stores.responses.find('tenant', record.response.id))?.response).toEqual(record.response);
    await stores.responses.create(sampleRecord());
    expect(await stores.responses.isReady()).toBe(true);
  });
});

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Another process that writes to a file for a moment. @returns once it does, what awaits its end */
async function holdFile(path: string): Promise<{ ended: Promise<unknown> }> {
  const script = `
    const Database = require('libsql');
    const file = new Database(process.argv[1]);
    file.pragma('journal_mode = WAL');
    file.exec('begin immediate; create table if not exists other (x)');
    console.log('held');
    setTimeout(() => file.exec('commit'), 300);`;
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return { ended };
}
