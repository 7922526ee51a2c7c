import type { Browser, Page } from 'playwright';

/** A development server on a busy machine compiles for a long time. */
const PATIENCE_MS = 60_000;

export interface Visit {
  readonly page: Page;
  /** What the page printed, and the paths of what it posted. */
  readonly log: readonly string[];
  /** Errors that nothing has caught, and those that were printed. */
  readonly errors: readonly string[];
}

/** Opens a page in a profile of its own, and closes it after `look`. */
export async function visit(
  browser: Browser,
  url: string,
  look: (visit: Visit) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const log: string[] = [];
  const errors: string[] = [];
  page.on('console', (message) => {
    (message.type() === 'error' ? errors : log).push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  // No project has a server for orders, nor an icon.
  await page.route('**/orders', (route) => {
    log.push(`posted ${route.request().method()} ${route.request().postData()}`);
    return route.fulfill({ status: 204 });
  });
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  const unanswered = unansweredRequests(page);
  try {
    const loading = page.goto(url, { timeout: PATIENCE_MS });
    const failed = await loading.then(() => undefined, String);
    if (failed !== undefined) errors.push(`${failed}, it waits for ${[...unanswered].join(', ')}`);
    const faults = failed === undefined ? await look({ page, log, errors }) : [];
    return [...faults, ...errors].map((fault) => `${url}: ${fault}`);
  } finally {
    await context.close();
  }
}

/** The addresses that the page waits for: what to look at when it does not load. */
function unansweredRequests(page: Page): ReadonlySet<string> {
  const unanswered = new Set<string>();
  page.on('request', (request) => unanswered.add(request.url()));
  page.on('requestfinished', (request) => unanswered.delete(request.url()));
  page.on('requestfailed', (request) => unanswered.delete(request.url()));
  return unanswered;
}

/** Waits until the page has printed all of these. Returns what it has not printed. */
export async function missing(
  { page, log }: Visit,
  lines: readonly RegExp[],
): Promise<readonly string[]> {
  const left = () => lines.filter((line) => !log.some((text) => line.test(text)));
  const end = performance.now() + PATIENCE_MS;
  while (left().length > 0 && performance.now() < end) await page.waitForTimeout(50);
  return left().map((line) => `the page did not print ${line}, but ${log.join(' | ')}`);
}

/** Waits until the page shows the text. */
export async function unshown({ page }: Visit, text: RegExp): Promise<readonly string[]> {
  const end = performance.now() + PATIENCE_MS;
  let shown = '';
  while (performance.now() < end) {
    // Without the text of scripts. A page that is being reloaded shows nothing.
    shown = await page.evaluate<string>('document.body.innerText').catch(() => '');
    if (text.test(shown)) return [];
    await page.waitForTimeout(50);
  }
  return [`the page shows ${JSON.stringify(shown)}, and not ${text}`];
}
