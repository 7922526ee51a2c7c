import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  type Browser,
  type BrowserContext,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright';
import { CHROMIUM_FLAGS, findChromium, HOW_TO_GET_CHROMIUM } from './find-chromium.mjs';
import { makeProfile, removeProfile } from './profile.ts';
import { spawnWithUs } from './spawn-with-us.ts';

/** How long a tab keeps its thread busy, so that its process is found by its use of the processor. */
const BUSY_MS = 200;

/** A browser whose tabs a test can freeze, stop and crash as the system does. */
export interface LifecycleBrowser {
  readonly tabs: BrowserContext;
  readonly version: string;
  openTab(url: string): Promise<LifecycleTab>;
  /** Sends SIGKILL to all of its processes. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A Chromium that is not started by Playwright. Playwright's Chromium emulates focus, and then
 * `Page.setWebLifecycleState` does nothing without reporting it. It also has the back/forward cache turned off.
 */
export async function launchLifecycleBrowser(): Promise<LifecycleBrowser> {
  const profile = makeProfile();
  const browser = await launchLifecycleBrowserOn(profile);
  return {
    ...browser,
    close: async () => {
      await browser.close();
      removeProfile(profile);
    },
  };
}

/** As {@link launchLifecycleBrowser}, on a profile that the caller removes. */
export async function launchLifecycleBrowserOn(profile: string): Promise<LifecycleBrowser> {
  const chromiumProcess = start(profile);
  const ended = once(chromiumProcess, 'exit');
  const browser = await chromium.connectOverCDP(await debuggerUrl(chromiumProcess), {
    noDefaults: true,
  });
  const [tabs] = browser.contexts();
  if (tabs === undefined) throw new Error('the browser has no context');
  const kill = async () => {
    killGroup(chromiumProcess);
    // The profile is in use until the process has ended, not just until the browser is closed.
    await ended;
  };
  return {
    tabs,
    version: browser.version(),
    openTab: (url) => LifecycleTab.open(browser, tabs, url),
    kill,
    close: async () => {
      await browser.close();
      await kill();
    },
  };
}

/** Ends all processes of the browser. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
}

function start(profile: string): ChildProcess {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  const flags = [
    ...CHROMIUM_FLAGS,
    '--headless=new',
    '--disable-background-timer-throttling',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
  ];
  // In its own process group, so that a kill ends its children too.
  return spawnWithUs(executablePath, [...flags, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function debuggerUrl({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('the browser was started without its stderr');
  for await (const line of createInterface({ input: stderr })) {
    const [, url] = /^DevTools listening on (ws:\S+)/.exec(line) ?? [];
    if (url === undefined) continue;
    // The output is read, because a full pipe would stop the browser.
    stderr.resume();
    return url;
  }
  throw new Error('the browser ended before it could be joined');
}

/** One tab of the browser. A frozen or stopped tab must be resumed before it navigates or closes. */
export class LifecycleTab {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #session: CDPSession;

  private constructor(browser: Browser, page: Page, session: CDPSession) {
    this.#browser = browser;
    this.page = page;
    this.#session = session;
  }

  static async open(browser: Browser, tabs: BrowserContext, url: string): Promise<LifecycleTab> {
    const page = await tabs.newPage();
    await page.goto(url);
    return new LifecycleTab(browser, page, await tabs.newCDPSession(page));
  }

  async freeze(): Promise<void> {
    await this.#session.send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  async resume(): Promise<void> {
    await this.#session.send('Page.setWebLifecycleState', { state: 'active' });
  }

  /** Like a tab that runs out of memory. Close the page before any other call on its context. */
  async crash(): Promise<void> {
    const crashed = this.page.waitForEvent('crash');
    // The answer never comes, because the page is gone.
    void this.#session.send('Page.crash').catch(() => undefined);
    await crashed;
  }

  /** The process of this tab, for SIGSTOP, SIGCONT and SIGKILL. Other tabs may share it. */
  async rendererPid(): Promise<number> {
    for (;;) {
      const [busiest, next] = await this.#busyRenderers();
      if (busiest === undefined) throw new Error('the browser has no renderer');
      // On a loaded machine another tab may get as much of the processor as this one.
      if (busiest.seconds > 2 * (next?.seconds ?? 0)) return busiest.pid;
    }
  }

  /** How long each renderer was busy while this tab kept its thread busy, the busiest first. */
  async #busyRenderers(): Promise<{ readonly pid: number; readonly seconds: number }[]> {
    const before = await this.#rendererTimes();
    await this.page.evaluate((ms) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    }, BUSY_MS);
    const after = await this.#rendererTimes();
    // A process that has started meanwhile, for a tab of the future, is not that of this tab.
    return [...after]
      .map(([pid, cpuTime]) => ({ pid, seconds: cpuTime - (before.get(pid) ?? cpuTime) }))
      .sort((left, right) => right.seconds - left.seconds);
  }

  async #rendererTimes(): Promise<Map<number, number>> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    return new Map(renderers.map(({ id, cpuTime }) => [id, cpuTime]));
  }

  /** Goes to another page. `back` returns whether this page was kept in the back/forward cache. */
  async leave(url: string): Promise<void> {
    await this.page.goto(url);
  }

  async back(): Promise<void> {
    // A page from the cache is loaded already, so it fires no `load`.
    await this.page.goBack({ waitUntil: 'commit' });
  }
}
