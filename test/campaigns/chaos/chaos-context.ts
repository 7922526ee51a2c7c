import { CallReporter } from './call-reporter.ts';
import { ChaosClient } from './chaos-client.ts';
import type { ChaosSettings, PageSettings } from './chaos-messages.ts';
import { countLeft, drainPage } from './drain-page.ts';
import type { DrainPage } from './drain-store.ts';

/** The script of all contexts of the campaign: pages, dedicated workers and shared workers. */

declare global {
  interface Window {
    chaos: ChaosPage;
  }
}

/** What the runner asks of a page. */
export interface ChaosPage extends DrainPage {
  /** Ends the dedicated worker of the page and starts another one. */
  replaceWorker(): Promise<void>;
  /** How many events wait or are leased. */
  countLeft(): Promise<number>;
  /** Keeps the thread busy, so that the process of the page is found by its use of the processor. */
  occupy(ms: number): void;
}

/** `globalThis` of a shared worker. */
interface SharedScope {
  onconnect: (() => void) | null;
}

const scriptUrl = import.meta.url;
const origin = Date.now();

function startClient(settings: ChaosSettings): { client: ChaosClient; reporter: CallReporter } {
  const reporter = new CallReporter(settings, settings.origin ?? origin);
  const client = new ChaosClient(settings, reporter);
  return { client, reporter };
}

function workerName(settings: ChaosSettings): string {
  return JSON.stringify(settings);
}

function startPage(): void {
  const given = Object.fromEntries(new URL(location.href).searchParams);
  const settings = given as unknown as PageSettings;
  const { tab, durability, workerReports, sharedReports } = settings;
  const { client, reporter } = startClient(settings);
  // Other contexts may take over the leases of a frozen or cached page.
  document.addEventListener('freeze', () => reporter.renew());
  addEventListener('pagehide', () => reporter.renew());
  let worker: Worker | undefined;
  const startWorker = () => {
    const own = {
      ...{ tab, kind: 'worker' as const, durability, origin: Date.now() },
      reports: workerReports ?? '',
    };
    worker = new Worker(scriptUrl, { type: 'module', name: workerName(own) });
  };
  window.chaos = {
    replaceWorker: async () => {
      await reporter.report({ type: 'terminate', at: Date.now() });
      worker?.terminate();
      startWorker();
    },
    countLeft: () => countLeft(client.events),
    ...drainPage(client, reporter),
    occupy: (ms) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    },
  };
  if (settings.kind === 'drain') return;
  client.start();
  if (workerReports === undefined || sharedReports === undefined) return;
  startWorker();
  const shared = { tab: 'shared', kind: 'shared' as const, durability, reports: sharedReports };
  new SharedWorker(scriptUrl, { type: 'module', name: workerName(shared) });
}

if (typeof document === 'object') startPage();
else {
  const settings = JSON.parse(self.name) as ChaosSettings;
  startClient(settings).client.start();
  // A shared worker needs a listener for its pages, although they send nothing.
  if (settings.kind === 'shared')
    (globalThis as unknown as SharedScope).onconnect = () => undefined;
}
