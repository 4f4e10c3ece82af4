import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  reasoningDelta,
  startFakeUpstream,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { CHROMIUM, useBrowser } from './use-browser.js';

jest.setTimeout(300_000);

const SCREENSHOT = fileURLToPath(new URL('../../docs/images/playground.png', import.meta.url));
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

if (CHROMIUM === undefined) {
  process.stdout.write('The playground is not tested in a browser: there is no Chromium on PATH.\n');
}

(CHROMIUM === undefined ? describe.skip : describe)('the playground in Chromium', () => {
  const visit = useBrowser();
  let upstream: FakeUpstream;
  let gateway: TestApp;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });
  beforeEach(() => {
    upstream.requests.length = 0;
  });

  async function open(options?: BrowserContextOptions): Promise<Page> {
    const page = await visit(gateway.url, options);
    await page.locator('option', { hasText: 'test-model' }).waitFor({ state: 'attached' });
    return page;
  }

  describe('a streamed answer', () => {
    it('should grow on the page, and be measured', async () => {
      let goOn = (): void => undefined;
      const released = new Promise<void>((resolve) => (goOn = resolve));
      const [first = '', ...rest] = chatFrames([reasoningDelta('Hm.'), 'po', 'ng'], { usage: usageOf(7, 3) });
      upstream.reply({
        headers: { 'content-type': 'text/event-stream' },
        chunks: (async function* () {
          yield first + (rest.shift() ?? '');
          await released;
          yield* rest;
        })(),
      });
      const page = await open();
      await send(page, 'Reply exactly: pong');
      await page.locator('.message', { hasText: /^po$/ }).waitFor();
      expect(await statusOf(page)).toBe('Running');
      expect(await page.locator('.reasoning .text').textContent()).toBe('Hm.');
      goOn();
      await settled(page, 'Completed');
      expect(await page.locator('.message').textContent()).toBe('pong');
      expect(await figure(page, 'input-tokens')).toBe('7');
      expect(await figure(page, 'output-tokens')).toBe('3');
      for (const id of ['first-token', 'total', 'speed']) expect(await figure(page, id)).toMatch(/^\d/);
      expect(await page.locator('#plot path').count()).toBe(1);
    });

    it('should be listed event by event, each with its time and content', async () => {
      upstream.reply(chatStream(['po', 'ng']));
      const page = await open();
      await send(page, 'Hi');
      await settled(page, 'Completed');
      const types = await page.locator('#events .type').allTextContents();
      expect(types[0]).toBe('response.created');
      expect(types.at(-1)).toBe('response.completed');
      expect(types.filter((type) => type === 'response.output_text.delta')).toHaveLength(2);
      expect(await page.locator('#events .time').first().textContent()).toMatch(/^\d+(\.\d)? ms$/);
      const row = page.locator('#events details', { hasText: 'response.output_text.delta' }).first();
      await row.locator('summary').click();
      expect(JSON.parse((await row.locator('pre').textContent()) ?? '')).toMatchObject({ delta: 'po' });
      await page.getByLabel('Hide deltas').check();
      expect(await row.isVisible()).toBe(false);
      await page.getByRole('tab', { name: 'Response' }).click();
      const response = await page.getByLabel('Response', { exact: true }).last().textContent();
      expect(JSON.parse(response ?? '')).toMatchObject({ object: 'response', output_text: 'pong' });
    });

    it('should be whole, with few rows, when it is long', async () => {
      const words = Array.from(
        { length: 20_000 },
        (_, index) => `w${index} ${index % 40 === 39 ? '\n' : ''}`,
      );
      upstream.reply(chatStream(words));
      const page = await open();
      await send(page, 'Hi');
      await settled(page, 'Completed');
      expect(await page.locator('#events > li').count()).toBe(400);
      expect(await page.locator('#events-note').textContent()).toMatch(/^The last 400 of 200\d\d events$/);
      const shown = (await page.locator('.message').innerText()).split(/\s+/).filter(Boolean);
      expect(shown).toEqual(words.map((word) => word.trim()));
    });

    it('should end with Stop, and come back to the message', async () => {
      upstream.reply({
        body: chatFrames(['po'], { finish: null, usage: null, done: false }).join(''),
        end: 'hang',
      });
      const aborted = upstream.waitForAbort(upstream.aborted + 1);
      const page = await open();
      await send(page, 'Hi there');
      await page.locator('.message', { hasText: 'po' }).waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await settled(page, 'Stopped');
      await aborted;
      expect(await page.getByLabel('Message').inputValue()).toBe('Hi there');
      upstream.reply(chatStream(['fine']));
      await page.getByRole('button', { name: 'Send' }).click();
      await settled(page, 'Completed');
      expect(lastChat().messages).toHaveLength(1);
    });

    it('should say so when it breaks off', async () => {
      upstream.reply({
        body: chatFrames(['po'], { finish: null, usage: null, done: false }).join(''),
        end: 'reset',
      });
      const page = await open();
      await send(page, 'Hi');
      const alert = page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.textContent()).toContain('The answer failed');
      expect(await page.locator('.message').textContent()).toBe('po');
      expect(await statusOf(page)).toBe('Failed');
    });
  });

  it('should show an answer that is not streamed', async () => {
    upstream.reply({ body: completion({ content: 'pong', reasoning: 'Hm.' }) });
    const page = await open();
    await page.getByLabel('Stream the answer').uncheck();
    await send(page, 'Hi');
    await settled(page, 'Completed');
    expect(lastChat().stream).toBeFalsy();
    expect(await page.locator('.message').textContent()).toBe('pong');
    expect(await page.locator('.reasoning .text').textContent()).toBe('Hm.');
    expect(await page.locator('#events .type').allTextContents()).toEqual(['response']);
  });

  it('should carry the conversation and the settings', async () => {
    const page = await open();
    await page.getByLabel('Instructions').fill('Be short.');
    await page.getByLabel('Reasoning effort').selectOption('low');
    await page.getByLabel('JSON schema', { exact: true }).check();
    for (const text of ['One', 'Two']) {
      upstream.reply(chatStream([`{"title": "${text}", "tags": ["x"]}`]));
      await send(page, text);
      await page.locator('.turn[aria-busy=false] .message', { hasText: text }).waitFor();
    }
    const { messages, response_format } = lastChat();
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(response_format).toMatchObject({ type: 'json_schema', json_schema: { name: 'answer' } });
    await page.getByRole('button', { name: 'New conversation' }).click();
    expect(await page.locator('article').count()).toBe(0);
    upstream.reply(chatStream(['{}']));
    await send(page, 'Three');
    await settled(page, 'Completed');
    expect(lastChat().messages).toHaveLength(2);
  });

  it('should go round the loop of a tool call', async () => {
    upstream.reply(
      chatStream(
        [
          toolCallStart(0, 'call_a', 'get_weather'),
          toolArguments(0, '{"city":'),
          toolArguments(0, ' "Paris"}'),
        ],
        { finish: 'tool_calls' },
      ),
    );
    const page = await open();
    await page.getByRole('button', { name: 'Call a tool' }).click();
    await page.keyboard.press('Control+Enter');
    await settled(page, 'Waits for tool output');
    expect(lastChat().tools).toMatchObject([{ function: { name: 'get_weather' } }]);
    expect(JSON.parse((await page.locator('.call .code').textContent()) ?? '')).toEqual({ city: 'Paris' });

    upstream.reply(chatStream(['It is warm.']));
    await page.getByLabel('Output of get_weather').fill('31 °C');
    await page.getByRole('button', { name: 'Send output' }).click();
    await settled(page, 'Completed');
    expect(await page.locator('.message').textContent()).toBe('It is warm.');
    const [, call, output] = lastChat().messages;
    expect(call).toMatchObject({ role: 'assistant', tool_calls: [{ function: { name: 'get_weather' } }] });
    expect(output).toMatchObject({ role: 'tool', content: '31 °C' });
    expect(await page.getByRole('button', { name: 'Send output' }).count()).toBe(0);
  });

  it.each([
    [
      'picked',
      (page: Page) =>
        page.locator('#picker').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PIXEL }),
    ],
    ['pasted', (page: Page) => transfer(page, 'paste')],
    ['dropped', (page: Page) => transfer(page, 'drop')],
  ])('should send an image that is %s', async (_how, attach) => {
    upstream.reply(chatStream(['A pixel.']));
    const page = await open();
    await attach(page);
    await page.getByAltText('Image 1').waitFor();
    await send(page, 'What is it?');
    await settled(page, 'Completed');
    expect(lastChat().messages).toMatchObject([
      {
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL.toString('base64')}` } },
        ],
      },
    ]);
    expect(await page.locator('#images li').count()).toBe(0);
  });

  describe('an error', () => {
    it('should be shown with its param and code, and the message be kept', async () => {
      const page = await open();
      await page.getByLabel('Tools', { exact: true }).check();
      await page.getByLabel('Tools, a JSON array').fill('[{"type":"function"}]');
      await send(page, 'Hi');
      const alert = page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.locator('strong').textContent()).toBe('Error 400');
      const facts = (await alert.locator('dl').innerText()).split(/\s+/);
      expect(facts).toEqual(expect.arrayContaining(['param', 'tools[0].name', 'code', 'invalid_request']));
      expect(await page.getByLabel('Message').inputValue()).toBe('Hi');
    });

    it('should be found before anything is sent where a text is not JSON', async () => {
      const page = await open();
      await page.getByLabel('JSON schema', { exact: true }).check();
      const schema = page.getByLabel('Schema the answer has to fit');
      await schema.fill('{');
      await send(page, 'Hi');
      expect(await page.locator('#schema-problem').textContent()).toMatch(/^Not valid JSON/);
      expect(await schema.getAttribute('aria-invalid')).toBe('true');
      expect(await focused(page)).toBe('schema');
      expect(upstream.chats).toHaveLength(0);
    });
  });

  describe('where keys are needed', () => {
    let locked: TestApp;

    beforeAll(async () => {
      locked = await createTestApp({
        environment: { UPSTREAM_BASE_URL: upstream.url, API_KEYS: 'right-key' },
      });
    });
    afterAll(async () => {
      await locked.close();
    });

    it('should say that a key is needed, that it was refused, and take the right one', async () => {
      const page = await visit(locked.url);
      await page.getByText(/^No list: /).waitFor();
      await send(page, 'Hi');
      await page.getByRole('alert').getByText('A key is needed').waitFor();
      await page.getByRole('button', { name: 'Enter a key' }).click();
      expect(await focused(page)).toBe('key');
      await page.keyboard.type('wrong-key');
      await page.keyboard.press('Control+Enter');
      await page.getByRole('alert').getByText('The key was refused').waitFor();

      upstream.reply(chatStream(['pong']));
      await page.getByLabel('API key').fill('right-key');
      await page.keyboard.press('Control+Enter');
      await settled(page, 'Completed');
      await page.getByLabel('API key').blur();
      await page.locator('option', { hasText: 'test-model' }).waitFor({ state: 'attached' });
    });

    it('should keep the key in the tab only', async () => {
      const page = await visit(locked.url);
      await page.getByLabel('API key').fill('right-key');
      await page.reload();
      await page.locator('option', { hasText: 'test-model' }).waitFor({ state: 'attached' });
      expect(await page.getByLabel('API key').inputValue()).toBe('right-key');
      expect(await page.context().storageState()).toEqual({ cookies: [], origins: [] });
      await page.getByRole('tab', { name: 'Code' }).click();
      await page.locator('#code', { hasText: 'Bearer $GATEWAY_API_KEY' }).waitFor();
      expect(await page.locator('#code').textContent()).not.toContain('right-key');
      const other = await page.context().newPage();
      await other.goto(locked.url);
      expect(await other.getByLabel('API key').inputValue()).toBe('');
    });
  });

  it('should write the request as code, with images cut short', async () => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByLabel('Message').fill('Say hi');
    await page.locator('#picker').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PIXEL });
    await page.getByRole('tab', { name: 'Code' }).click();
    const code = page.locator('#code');
    await page.locator('#code', { hasText: 'base64,' }).waitFor();
    for (const [language, start] of [
      ['curl', `curl -N ${gateway.url}/v1/responses`],
      ['JavaScript', "import OpenAI from 'openai';"],
      ['Python', 'import os\nfrom openai import OpenAI'],
    ] as const) {
      await page.getByText(language, { exact: true }).click();
      await page.locator('#code', { hasText: start }).waitFor();
      expect(await code.textContent()).toContain('Say hi');
      expect(await code.textContent()).not.toContain(PIXEL.toString('base64'));
    }
    await page.locator('#code-panel').getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain(PIXEL.toString('base64'));
  });

  describe('by keyboard', () => {
    it('should begin in the message, and reach every control in the order of the page', async () => {
      const page = await open();
      expect(await focused(page)).toBe('message');
      await page.locator('a').focus();
      const order: string[] = [];
      while (order.at(-1) !== 'send') {
        await page.keyboard.press('Tab');
        order.push(await focused(page));
        expect(order.length).toBeLessThan(30);
      }
      expect(order.filter(Boolean)).toEqual([
        'key',
        'model',
        'instructions',
        'effort',
        'stream',
        'use-tools',
        'use-schema',
        'turns',
        'message',
        'attach',
        'send',
      ]);
    });

    it('should show where it is', async () => {
      const page = await open();
      await page.locator('a').focus();
      let steps = 0;
      for (; await page.evaluate('document.activeElement !== document.body'); steps++) {
        expect([await focused(page), await page.evaluate(HAS_OUTLINE)]).toEqual([await focused(page), true]);
        await page.keyboard.press('Tab');
      }
      expect(steps).toBeGreaterThan(14);
    });

    it('should move between tabs with the arrow keys', async () => {
      const page = await open();
      await page.getByRole('tab', { name: 'Events' }).focus();
      await page.keyboard.press('ArrowLeft');
      expect(await focused(page)).toBe('code-tab');
      expect(await page.getByRole('tabpanel').getAttribute('id')).toBe('code-panel');
      await page.keyboard.press('ArrowRight');
      expect(await page.getByRole('tabpanel').getAttribute('id')).toBe('events-panel');
    });

    it('should keep its place when Send becomes Stop and comes back', async () => {
      let goOn = (): void => undefined;
      upstream.reply({
        body: chatStream(['x']),
        delayHeaders: new Promise<void>((resolve) => (goOn = resolve)),
      });
      const page = await open();
      await page.getByLabel('Message').fill('Hi');
      await page.getByRole('button', { name: 'Send' }).focus();
      await page.keyboard.press('Enter');
      expect(await focused(page)).toBe('stop');
      goOn();
      await settled(page, 'Completed');
      expect(await focused(page)).toBe('send');
    });
  });

  describe('how it looks', () => {
    it('should follow the scheme of the system', async () => {
      const backgrounds: unknown[] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await open({ colorScheme });
        backgrounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      }
      expect(backgrounds).toEqual(['rgb(244, 245, 246)', 'rgb(14, 17, 19)']);
    });

    it.each([320, 390, 900, 1280])('should fit into %d pixels', async (width) => {
      upstream.reply(chatStream(['x'.repeat(500)]));
      const page = await open({ viewport: { width, height: 800 } });
      await send(page, 'y'.repeat(500));
      await settled(page, 'Completed');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    });

    it('should put everything into one column on a phone, the settings folded', async () => {
      const page = await open({ viewport: { width: 390, height: 844 } });
      const toggle = page.getByRole('button', { name: 'Settings' });
      expect(await page.getByLabel('API key').isVisible()).toBe(false);
      await toggle.click();
      expect(await page.getByLabel('API key').isVisible()).toBe(true);
      expect(await toggle.getAttribute('aria-expanded')).toBe('true');
      const boxes = await Promise.all(
        ['#request', '#conversation', '#inspector'].map((id) => page.locator(id).boundingBox()),
      );
      expect(new Set(boxes.map((box) => box?.x)).size).toBe(1);
    });

    (process.env.UPDATE_SCREENSHOT ? it : it.skip)('should be kept as a picture in the docs', async () => {
      const simulated = await createTestApp({
        environment: {
          SIM_TIME_TO_FIRST_TOKEN: '180ms',
          SIM_INTER_TOKEN_LATENCY: '20ms',
        },
      });
      const page = await visit(simulated.url, { viewport: { width: 1280, height: 800 } });
      await page.locator('option', { hasText: 'lmdeploy-simulator' }).waitFor({ state: 'attached' });
      await page.getByRole('button', { name: 'Call a tool' }).click();
      await page.getByLabel('Reasoning effort').selectOption('low');
      await page.getByLabel('Message').press('Control+Enter');
      await settled(page, 'Waits for tool output');
      await page.getByRole('button', { name: 'Send output' }).click();
      await settled(page, 'Completed');
      await page.screenshot({ path: SCREENSHOT });
      await page.close();
      await simulated.close();
    });
  });

  function lastChat(): ChatRequest {
    return upstream.chats.at(-1)?.body as ChatRequest;
  }
});

const HAS_OUTLINE = `
  [document.activeElement, ...document.querySelectorAll(':has(> :focus-visible), :focus-visible + span')]
    .some((element) => getComputedStyle(element).outlineStyle !== 'none')`;

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.keyboard.press('Control+Enter');
}

async function settled(page: Page, status: string): Promise<void> {
  await page.locator('#status', { hasText: status }).waitFor();
}

async function statusOf(page: Page): Promise<string | null> {
  return page.getByRole('status').textContent();
}

async function figure(page: Page, id: string): Promise<string | null> {
  return page.locator(`#${id}`).textContent();
}

/** The id of the element that has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.id');
}

/** Gives the composer a picture in the way a user's hand does. */
async function transfer(page: Page, event: 'paste' | 'drop'): Promise<void> {
  await page.evaluate(`
    const bytes = Uint8Array.from(atob('${PIXEL.toString('base64')}'), (character) => character.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'a.png', { type: 'image/png' }));
    const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
    document.getElementById('message').dispatchEvent(
      '${event}' === 'drop' ? new DragEvent('drop', options) : new ClipboardEvent('paste', options),
    );`);
}
