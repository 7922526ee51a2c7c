import { findBusiest } from '../../setup/busy-process.ts';
import { browserPid, launchContext } from '../../setup/playwright-engine.ts';
import type { ChaosBrowser } from './chaos-browser.ts';

/** The processes of one site have this name, cut off as Linux does. */
const CONTENT_PROCESS = 'Isolated Web Co';
const BUSY_MS = 150;

export async function launchChaosFirefox(profile: string): Promise<ChaosBrowser> {
  const context = await launchContext('firefox', profile);
  const pid = browserPid(profile);
  return {
    version: context.browser()?.version() ?? 'unknown',
    sharesProcesses: true,
    openTab: async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      let stopped = 0;
      const busiest = () => findBusiest(pid, CONTENT_PROCESS, () => page.evaluate(occupy, BUSY_MS));
      return {
        page,
        crash: async () => {
          const processId = await busiest();
          const crashedAt = Date.now();
          process.kill(processId, 'SIGKILL');
          return crashedAt;
        },
        freeze: async () => {
          stopped = await busiest();
          process.kill(stopped, 'SIGSTOP');
        },
        thaw: async () => {
          process.kill(stopped, 'SIGCONT');
        },
      };
    },
    clearData: async (page, url) => {
      await page.evaluate((address) => fetch(`${address}/clear`).then(() => undefined), url);
    },
    kill: async () => {
      process.kill(-pid, 'SIGKILL');
      // The browser is gone already. Playwright must notice that.
      await context.close().catch(() => undefined);
    },
    close: () => context.close(),
  };
}

function occupy(ms: number): void {
  window.chaos.occupy(ms);
}
