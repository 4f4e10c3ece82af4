import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** Chromium says so of every answer with an error status; the page cannot prevent it. */
const FAILED_REQUEST = /^Failed to load resource: the server responded with a status of \d+/;

/** Where Chromium is on this machine, or undefined. */
export const CHROMIUM = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find(isProgram);

export interface Visit {
  page: Page;
  /** Addresses of other origins that the page has asked for. */
  foreign: string[];
  /** Errors and warnings of its console, and what its scripts have thrown. */
  complaints: string[];
}

/**
 * A browser for all tests of a file. Whatever a test does, its pages may not complain on their consoles nor ask another origin.
 *
 * @returns opens an address in a tab without history, which is closed with the test
 */
export function useBrowser(): (url: string, options?: BrowserContextOptions) => Promise<Page> {
  let browser: Browser;
  let visits: Visit[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  }, 180_000);
  afterAll(async () => {
    await browser.close();
  });
  afterEach(async () => {
    const done = visits;
    visits = [];
    for (const { page } of done) await page.context().close();
    for (const { foreign, complaints } of done) expect({ foreign, complaints }).toEqual(CLEAN);
  });

  return async (url, options) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    visits.push(watch(page, new URL(url).origin));
    await page.goto(url);
    return page;
  };
}

const CLEAN = { foreign: [], complaints: [] };

function watch(page: Page, origin: string): Visit {
  const visit: Visit = { page, foreign: [], complaints: [] };
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') visit.foreign.push(url.href);
  });
  page.on('console', (message) => {
    const isComplaint = ['error', 'warning'].includes(message.type());
    if (isComplaint && !FAILED_REQUEST.test(message.text())) visit.complaints.push(message.text());
  });
  page.on('pageerror', (error) => visit.complaints.push(error.message));
  return visit;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
