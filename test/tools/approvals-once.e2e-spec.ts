import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';

const BODY = {
  model: 'm',
  tools: [{ type: 'mcp', server_label: 'desk' }],
  input: [
    { role: 'user', content: 'Write' },
    { type: 'mcp_approval_request', id: 'mcpr_1', server_label: 'desk', name: 'write', arguments: '{}' },
    { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true },
  ],
};

describe('an approval', () => {
  let folder: string;
  let upstream: FakeUpstream;
  let gateway: TestApp;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'approvals-'));
    upstream = await startFakeUpstream();
    await start();
  });
  afterEach(async () => {
    await gateway.close();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });

  async function start(): Promise<void> {
    gateway = await createTestApp({
      extensions: [deskModule()],
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
        API_KEYS: 'first-key,second-key',
      },
    });
  }

  const calls = () => gateway.app.get(DeskTools, { strict: false }).calls.length;

  /** @returns the status of the call */
  async function allow(key: string): Promise<unknown> {
    upstream.reply(completion({ content: 'Written.' }));
    const headers = { authorization: `Bearer ${key}` };
    const { body } = await postJson(`${gateway.url}/v1/responses`, BODY, headers);
    return (body as ResponseObject).output.flatMap((item) => (item.type === 'mcp_call' ? item.status : []));
  }

  it('should be used once, also behind a restart', async () => {
    expect(await allow('first-key')).toEqual(['completed']);
    expect(await allow('first-key')).toEqual(['failed']);
    expect(calls()).toBe(1);
    await gateway.close();
    await start();
    expect(await allow('first-key')).toEqual(['failed']);
    expect(calls()).toBe(0);
  });

  it('should not be used up by another caller, who has one of the same id', async () => {
    expect(await allow('first-key')).toEqual(['completed']);
    expect(await allow('second-key')).toEqual(['completed']);
    expect(calls()).toBe(2);
  });
});
