import { launchLifecycleBrowserOn } from '../../setup/lifecycle-browser.ts';
import type { ChaosBrowser } from './chaos-browser.ts';

export async function launchChaosChromium(profile: string): Promise<ChaosBrowser> {
  const browser = await launchLifecycleBrowserOn(profile);
  const { tabs, version } = browser;
  return {
    version,
    sharesProcesses: false,
    openTab: async (url) => {
      const tab = await browser.openTab(url);
      return {
        page: tab.page,
        crash: async () => {
          const crashedAt = Date.now();
          await tab.crash();
          return crashedAt;
        },
        freeze: () => tab.freeze(),
        thaw: () => tab.resume(),
      };
    },
    clearData: async (page, origin) => {
      const session = await tabs.newCDPSession(page);
      await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
      await session.detach();
    },
    limitQuota: async (page, origin, bytes) => {
      const session = await tabs.newCDPSession(page);
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: bytes });
      return async () => {
        await session.send('Storage.overrideQuotaForOrigin', { origin });
        await session.detach();
      };
    },
    kill: () => browser.kill(),
    close: () => browser.close(),
  };
}
