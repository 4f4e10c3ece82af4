import { jest } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { chatStream, toolArguments, toolCallStart } from '../support/fake-upstream.js';
import { useGateway } from '../support/use-gateway.js';
import { CHROMIUM, useBrowser } from './use-browser.js';

jest.setTimeout(300_000);

const MARKUP = '<img src=x onerror=alert(1)>';

(CHROMIUM === undefined ? describe.skip : describe)('tools of the gateway in the playground', () => {
  const visit = useBrowser();
  const { upstream, gateway } = useGateway({ extensions: [deskModule()], each: true });

  it('should be listed, and called once approved', async () => {
    const page = await ask(['write', { text: MARKUP }]);
    await settled(page, 'Waits for approval');
    const list = item(page, 'mcp_list_tools');
    expect(await list.locator('header').innerText()).toMatch(/desk\s+5 tools/);
    expect(await list.locator('.code').innerText()).toBe('echo\nwrite\nbreak\nhang\ndraw');
    const request = item(page, 'mcp_approval_request');
    expect(await request.locator('header').innerText()).toMatch(/write\s+desk/);
    expect(JSON.parse((await request.locator('.code').textContent()) ?? '')).toEqual({ text: MARKUP });
    expect(calls()).toEqual([]);

    upstream.reply(chatStream(['It is written.']));
    const sent = nextRequest(page);
    await request.getByRole('button', { name: 'Approve' }).click();
    await settled(page, 'Completed');
    expect((await sent).at(-1)).toEqual({
      type: 'mcp_approval_response',
      approval_request_id: expect.stringMatching(/^mcpr_/) as string,
      approve: true,
    });
    expect(calls()).toEqual(['write']);
    const call = item(page, 'mcp_call');
    expect(await call.locator('.status').textContent()).toBe('completed');
    expect(await call.locator('.result').textContent()).toBe(`write: ${MARKUP}`);
    expect(await page.locator('.message').textContent()).toBe('It is written.');
    expect(await request.getByRole('button').count()).toBe(0);
    expect(await request.locator('.output').textContent()).toBe('Approved');
    expect(await page.locator('.turn img').count()).toBe(0);
  });

  it('should not be called once denied, and the conversation go on', async () => {
    const page = await ask(['write', { text: 'a' }]);
    await settled(page, 'Waits for approval');
    upstream.reply(chatStream(['As you wish.']));
    await page.getByRole('button', { name: 'Deny' }).click();
    await settled(page, 'Completed');
    expect(calls()).toEqual([]);
    expect(await item(page, 'mcp_approval_request').locator('.output').textContent()).toBe('Denied');
    expect(await page.locator('.message').textContent()).toBe('As you wish.');

    upstream.reply(chatStream(['Hello.']));
    await send(page, 'Hi');
    await page.locator('.message', { hasText: 'Hello.' }).waitFor();
    await settled(page, 'Completed');
    expect((upstream.chats.at(-1)?.body as ChatRequest).messages.at(-1)?.content).toBe('Hi');
  });

  it('should wait until all are decided, whatever else is sent', async () => {
    const page = await ask(['write', { text: 'a' }], ['echo', { text: 'b' }]);
    await settled(page, 'Waits for approval');
    const [first, second] = ['write', 'echo'].map((name) => page.getByRole('group', { name }));
    await first?.getByRole('button', { name: 'Approve' }).click();
    await send(page, 'And hurry');
    expect(await second?.locator(':focus').textContent()).toBe('Approve');
    expect(upstream.chats).toHaveLength(1);

    upstream.reply(chatStream(['One of two.']));
    const sent = nextRequest(page);
    await second?.getByRole('button', { name: 'Deny' }).click();
    await settled(page, 'Completed');
    expect((await sent).slice(-3)).toMatchObject([{ approve: true }, { approve: false }, { role: 'user' }]);
    expect(calls()).toEqual(['write']);
  });

  it('should be shown with the error of a call that fails', async () => {
    upstream.reply(callsOf(['break', {}]));
    upstream.reply(chatStream(['It broke.']));
    const page = await open({ require_approval: 'never' });
    await send(page, 'Do it');
    await settled(page, 'Completed');
    const call = item(page, 'mcp_call');
    expect(await call.locator('.status').textContent()).toBe('failed');
    expect(await call.locator('.result').textContent()).toBe('The pencil is broken.');
  });

  async function open(options: object = {}): Promise<Page> {
    const page = await visit(gateway.url);
    await page.locator('option', { hasText: 'test-model' }).waitFor({ state: 'attached' });
    await page.getByLabel('Tools', { exact: true }).check();
    await page
      .getByLabel('Tools, a JSON array')
      .fill(JSON.stringify([{ type: 'mcp', server_label: 'desk', ...options }]));
    return page;
  }

  async function ask(...wanted: Call[]): Promise<Page> {
    upstream.reply(callsOf(...wanted));
    const page = await open({ require_approval: 'always' });
    await send(page, 'Do it');
    return page;
  }

  function calls(): string[] {
    return gateway.app.get(DeskTools, { strict: false }).calls.map(({ name }) => name);
  }
});

type Call = [name: string, args: object];

function callsOf(...calls: Call[]): ReturnType<typeof chatStream> {
  return chatStream(
    calls.flatMap(([name, args], index) => [
      toolCallStart(index, `call_${index}`, `desk__${name}`),
      toolArguments(index, JSON.stringify(args)),
    ]),
    { finish: 'tool_calls' },
  );
}

function item(page: Page, type: string): Locator {
  return page.locator(`.call[data-type=${type}]`);
}

/** The input of the request that the page sends next. */
async function nextRequest(page: Page): Promise<unknown[]> {
  const request = await page.waitForRequest('**/v1/responses');
  return (request.postDataJSON() as { input: unknown[] }).input;
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.keyboard.press('Control+Enter');
}

async function settled(page: Page, status: string): Promise<void> {
  await page.locator('#status', { hasText: status }).waitFor();
}
