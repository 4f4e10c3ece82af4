import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type JsonAnswer, postJson } from '../support/http-client.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

/** Has the process tell what it has used so far, when asked by a signal. */
const TELL_USAGE = `
  process.on('SIGUSR2', () => {
    const { user, system } = process.cpuUsage();
    const { rss } = process.memoryUsage();
    process.stdout.write('usage ' + JSON.stringify({ cpuMs: (user + system) / 1000, rss: rss / 1e6 }) + '\\n');
  });
`;
const KEY = { authorization: 'Bearer a-key' };

jest.setTimeout(300_000);
const built = useBuiltGateway();

interface Usage {
  cpuMs: number;
  rss: number;
}

async function usageOf(gateway: GatewayProcess): Promise<Usage> {
  const lines = (): string[] => gateway.stdout.match(/^usage .*$/gm) ?? [];
  const told = lines().length;
  gateway.signal('SIGUSR2');
  await gateway.until(() => lines().length > told);
  return JSON.parse((lines().at(-1) ?? '').slice('usage '.length)) as Usage;
}

async function start(): Promise<[GatewayProcess, string]> {
  const hook = join(built.folder, 'tell-usage.cjs');
  writeFileSync(hook, TELL_USAGE);
  const gateway = built.run({ NODE_OPTIONS: `--require ${hook}`, API_KEYS: 'a-key', LOG_LEVEL: 'silent' });
  return [gateway, `${await gateway.listening()}/v1/responses`];
}

/** What one of several requests costs, behind others that warm up. */
async function measure(
  gateway: GatewayProcess,
  rounds: number,
  send: () => Promise<JsonAnswer>,
): Promise<{ cpuMs: number; ms: number; grown: number; statuses: Set<number> }> {
  const statuses = new Set<number>();
  for (let round = 0; round < rounds; round++) statuses.add((await send()).status);
  const before = await usageOf(gateway);
  const startedAt = performance.now();
  for (let round = 0; round < rounds; round++) statuses.add((await send()).status);
  const ms = (performance.now() - startedAt) / rounds;
  const after = await usageOf(gateway);
  return { cpuMs: (after.cpuMs - before.cpuMs) / rounds, ms, grown: after.rss - before.rss, statuses };
}

describe('what a refused request costs', () => {
  it('should be no more than its headers without a key', async () => {
    const [gateway, url] = await start();
    const body = Buffer.from(JSON.stringify({ model: 'default', input: 'x'.repeat(28_000_000) }));
    const { cpuMs, grown, statuses } = await measure(gateway, 20, () => postJson(url, body));
    // A model that is no name is found once the body was read: what the refusal saves, on whatever machine this is.
    const unusable = Buffer.from(JSON.stringify({ model: 1, input: 'x'.repeat(28_000_000) }));
    const read = await measure(gateway, 5, () => postJson(url, unusable, KEY));
    process.stdout.write(
      `anonymous 28 MB: ${cpuMs.toFixed(2)} ms CPU (goal: 5; read: ${read.cpuMs.toFixed(2)}), rss ${grown.toFixed(1)} MB more\n`,
    );
    expect([statuses, read.statuses]).toEqual([new Set([401]), new Set([400])]);
    expect(cpuMs).toBeLessThan(read.cpuMs / 20);
    expect(grown).toBeLessThan(20);
  });

  it('should be little for ten million objects', async () => {
    const [gateway, url] = await start();
    const body = Buffer.from(`{"model":"default","input":[${'{},'.repeat(10_000_000)}{}]}`);
    const { cpuMs, ms, grown, statuses } = await measure(gateway, 5, () => postJson(url, body, KEY));
    process.stdout.write(
      `10^7 objects: ${ms.toFixed(0)} ms, ${cpuMs.toFixed(1)} ms CPU, rss ${grown.toFixed(1)} MB more\n`,
    );
    expect(statuses).toEqual(new Set([413]));
    // The goal is 150 ms; to parse them takes seconds.
    expect(ms).toBeLessThan(1_500);
    expect(grown).toBeLessThan(50);
  });
});
