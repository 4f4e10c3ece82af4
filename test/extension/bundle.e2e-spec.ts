import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { compile, execute, installPacked } from '../support/packed-project.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

jest.setTimeout(60_000);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEY = { authorization: 'Bearer a-key' };
const TURN = { model: 'test-model', input: 'Hi' };
const FAILING_IDS = `
import { Module } from '@nestjs/common';
import { IdGenerator } from 'responses-gateway';

class FailingIds extends IdGenerator {
  next(prefix) {
    if (prefix === 'resp') throw new Error('no id today');
    return prefix + '_' + Math.random().toString(16).slice(2);
  }
}

export class FailingIdsModule {}
Module({ providers: [{ provide: IdGenerator, useClass: FailingIds }], exports: [IdGenerator] })(FailingIdsModule);
`;

const built = useBuiltGateway();
let upstream: FakeUpstream;

/** The extension of the example beside the gateway, as it is mounted into the image, and the gateway put together as it is there. */
beforeAll(async () => {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'gateway-bundle-')));
  cpSync(join(ROOT, 'examples/extension'), project, {
    recursive: true,
    filter: (source) => !/extension\/(node_modules|dist)/.test(source),
  });
  installPacked(built.folder, project);
  expect(await compile(project)).toEqual({ code: 0, output: '' });
  cpSync(join(project, 'dist'), join(built.folder, 'acme'), { recursive: true });
  rmSync(project, { recursive: true, force: true });
  const args = [join(ROOT, 'scripts/bundle.mjs'), '--out-dir', join(built.folder, 'dist')];
  expect(await execute(process.execPath, args, ROOT)).toEqual({ code: 0, output: '' });
  writeFileSync(join(built.folder, 'failing-ids.mjs'), FAILING_IDS);
}, 400_000);
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(() => upstream.close());

const run = (variables: Record<string, string>): Promise<string> =>
  built.run({ UPSTREAM_BASE_URL: upstream.url, API_KEYS: 'a-key', ...variables }).listening();

describe('the bundle of the image', () => {
  it('should stand in the place of the modules', () => {
    expect(existsSync(join(built.folder, 'dist/app.module.js'))).toBe(false);
  });

  it('should share its classes with an extension: its ids, stages, guards, interceptors and parsers are used', async () => {
    const url = await run({
      EXTENSIONS: './acme/acme.module.js',
      ACME_TOKEN_SECRET: 'a secret of sixteen letters',
    });
    upstream.reply(completion({ content: 'Write to ada@acme.example, or call.' }));
    const { body } = await postJson(`${url}/v1/responses`, TURN, KEY);
    checkResponse(body);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9a-f]{8}-/) as string,
      output_text: 'Write to [address], or call.',
    });
    upstream.reply(chatStream(['Write to ada@ac', 'me.example']));
    const { events } = await postStream(`${url}/v1/responses`, { ...TURN, stream: true }, KEY);
    checkLifecycle(events);
    expect((await getJson(`${url}/v1/acme/usage`, KEY)).body).toMatchObject({ tokens: 2 * 17 });
  });

  it('should find the files beside the modules: pages, the document, threads', async () => {
    const url = await run({ PLAYGROUND_ENABLED: 'true', DOCS_ENABLED: 'true' });
    for (const path of ['/playground/app.js', '/docs', '/docs/swagger-ui.css'])
      expect({ path, status: (await fetch(url + path)).status }).toEqual({ path, status: 200 });
    upstream.reply(completion({ content: '{"a":1}' }));
    const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
    const format = { type: 'json_schema', name: 'one', strict: true, schema };
    const { body } = await postJson(`${url}/v1/responses`, { ...TURN, text: { format } }, KEY);
    expect(body).toMatchObject({ status: 'completed', output_text: '{"a":1}' });
  });

  it('should name files and lines of the source in the stacks of its log, where source maps are on', async () => {
    const gateway = built.run({
      UPSTREAM_BASE_URL: upstream.url,
      EXTENSIONS: './failing-ids.mjs',
      NODE_OPTIONS: '--enable-source-maps',
    });
    const url = await gateway.listening();
    const { status } = await postJson(`${url}/v1/responses`, TURN);
    expect(status).toBe(500);
    await gateway.until(() => gateway.stdout.includes('no id today'));
    expect(gateway.logLines).toContainEqual(
      expect.objectContaining({
        err: expect.objectContaining({
          stack: expect.stringMatching(/src\/responses\/responses\.service\.ts:\d+:\d+/) as string,
        }) as unknown,
      }),
    );
  });
});
