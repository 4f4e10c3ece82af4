// node scripts/measure-store.mjs [TURNS] [DATABASE_URL]: how many bytes a stored turn takes, in front of the simulator.
// Without DATABASE_URL in a new file; with one that begins with postgres:// in a database that should be empty. `npm run build` first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import Database from 'libsql';
import pg from 'pg';
import { request } from 'undici';

const TEXT = 'Of what is said, four hundred characters. '.repeat(10).slice(0, 394);
/** Turns after which a conversation whose client sends all of it each time begins anew. */
const RESENT = 20;

const turns = Number(process.argv[2] ?? 1_000);
const folder = mkdtempSync(path.join(tmpdir(), 'gateway-size-'));
const url = process.argv[3] ?? `file:${path.join(folder, 'gateway.db')}`;

try {
  const empty = await afterTurns(() => Promise.resolve());
  const chained = await afterTurns(sendChain);
  print('previous_response_id, 400 characters in and 400 out', chained - empty, turns);
  const resent = await afterTurns(sendAll);
  print(`the same, all of it sent again, up to ${RESENT} turns`, resent - chained, turns);
} finally {
  rmSync(folder, { recursive: true });
}

async function sendChain(base) {
  let previous = null;
  for (let turn = 0; turn < turns; turn++) {
    previous = (await create(base, { input: `Echo: ${TEXT}`, previous_response_id: previous })).id;
  }
}

async function sendAll(base) {
  let said = [];
  for (let turn = 0; turn < turns; turn++) {
    if (turn % RESENT === 0) said = [];
    said.push({ role: 'user', content: `Echo: ${TEXT}` });
    said.push(...(await create(base, { input: said })).output);
  }
}

async function create(base, body) {
  const { statusCode, body: answer } = await request(`${base}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'default', ...body }),
  });
  if (statusCode !== 200) throw new Error(await answer.text());
  return answer.json();
}

/** @returns the size after a gateway has answered and ended */
async function afterTurns(send) {
  const main = path.join(import.meta.dirname, '../dist/main.js');
  const env = {
    ...process.env,
    PORT: '0',
    DATABASE_URL: url,
    LOG_LEVEL: 'silent',
    SIM_SESSION_LEN: '10000000',
  };
  const gateway = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const chunk of gateway.stdout) {
    printed += chunk;
    if (/Try it:/.test(printed)) break;
  }
  await send(/http:\/\/[\d.]+:\d+/.exec(printed)[0]);
  gateway.kill('SIGTERM');
  await once(gateway, 'exit');
  return url.startsWith('postgres') ? sizeOfDatabase() : sizeOfFile();
}

function sizeOfFile() {
  const file = url.replace(/^file:/, '');
  const database = new Database(file);
  // What was written last is in the log beside it.
  database.pragma('wal_checkpoint(truncate)');
  database.close();
  return statSync(file).size;
}

async function sizeOfDatabase() {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('select pg_database_size(current_database()) as bytes');
  await client.end();
  return Number(rows[0].bytes);
}

function print(what, bytes, count) {
  process.stdout.write(`${what}: ${Math.round(bytes / count)} bytes a turn (${count} turns)\n`);
}
