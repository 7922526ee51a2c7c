import type { Page } from 'playwright';

/** One tab of the browser, and what can happen to it. */
export interface ChaosTab {
  readonly page: Page;
  /** Ends the process of the tab. Resolves with the time just before. */
  crash(): Promise<number>;
  /** Stops the tab until `thaw`. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

/** A browser on a profile that outlives it. */
export interface ChaosBrowser {
  readonly version: string;
  /** Whether several tabs may share one process, so that a crash or a freeze concerns them all. */
  readonly sharesProcesses: boolean;
  openTab(url: string): Promise<ChaosTab>;
  /** Deletes all data of the site of `page`. */
  clearData(page: Page, url: string): Promise<void>;
  /** Limits what the site may store while `page` is open. Resolves with a function that removes the limit. Absent where that needs a new start. */
  limitQuota?(page: Page, url: string, bytes: number): Promise<() => Promise<void>>;
  /** Sends SIGKILL to all of its processes. */
  kill(): Promise<void>;
  close(): Promise<void>;
}
