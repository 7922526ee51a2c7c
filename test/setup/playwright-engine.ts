import { readdirSync, readFileSync } from 'node:fs';
import { type BrowserContext, chromium, firefox, type Page } from 'playwright';
import { CHROMIUM_FLAGS, findChromium, HOW_TO_GET_CHROMIUM } from './find-chromium.mjs';
import {
  FIREFOX_CHANNEL,
  FIREFOX_PREFERENCES,
  findFirefox,
  HOW_TO_GET_FIREFOX,
} from './find-firefox.mjs';
import { type Engine, type EngineOptions, Tab, type TabDriver } from './tab.ts';

export type PlaywrightName = 'chromium' | 'firefox';

/** The profile is on disk. In an ordinary Playwright context Chromium keeps IndexedDB in memory. */
export function launchContext(
  name: PlaywrightName,
  profile: string,
  preferences: Readonly<Record<string, boolean | number>> = {},
): Promise<BrowserContext> {
  if (name === 'chromium') {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
    const args = [...CHROMIUM_FLAGS];
    return chromium.launchPersistentContext(profile, { executablePath, args });
  }
  const executablePath = findFirefox();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_FIREFOX);
  return firefox.launchPersistentContext(profile, {
    channel: FIREFOX_CHANNEL,
    executablePath,
    firefoxUserPrefs: { ...FIREFOX_PREFERENCES, ...preferences },
  });
}

/** All its windows are private. In Chromium an ordinary context of Playwright is private. */
async function launchPrivate(name: PlaywrightName, profile: string): Promise<BrowserContext> {
  if (name === 'firefox')
    return launchContext(name, profile, { 'browser.privatebrowsing.autostart': true });
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
  const context = await browser.newContext();
  context.on('close', () => browser.close());
  return context;
}

export async function launchPlaywright(
  name: PlaywrightName,
  profile: string,
  { isPrivate = false }: EngineOptions = {},
): Promise<Engine> {
  const context = await (isPrivate ? launchPrivate : launchContext)(name, profile);
  return {
    name,
    crashFault:
      name === 'chromium'
        ? null
        : 'it may run several tabs in one process, and all of them would end',
    openTab: async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      return new Tab(driverOf(context, page));
    },
    kill: async () => {
      process.kill(-browserPid(profile), 'SIGKILL');
      // The browser is gone already. Playwright must notice that.
      await context.close().catch(() => undefined);
    },
    close: () => context.close(),
  };
}

function driverOf(context: BrowserContext, page: Page): TabDriver {
  return {
    run: (expression) => page.evaluate(expression),
    close: () => page.close(),
    crash: async () => {
      const session = await context.newCDPSession(page);
      const crashed = page.waitForEvent('crash');
      // The answer never comes, because the page is gone.
      void session.send('Page.crash').catch(() => undefined);
      await crashed;
      await page.close();
    },
  };
}

/** The browser process of a profile. Playwright starts it as the leader of a process group. */
export function browserPid(profile: string): number {
  const found = readdirSync('/proc').filter((entry) => {
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      return command.includes(profile) && !/--type=|-contentproc/.test(command);
    } catch {
      // No such process, or it has ended meanwhile.
      return false;
    }
  });
  if (found.length !== 1) throw new Error(`${found.length} browsers have the profile ${profile}`);
  return Number(found[0]);
}
