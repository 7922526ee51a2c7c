import type { CDPSession, Page } from 'playwright';

interface Version {
  readonly versionId: string;
  readonly registrationId: string;
  readonly runningStatus: string;
  readonly status: string;
  readonly scriptURL: string;
}

/** What the browser does to the service worker of one origin: wakes it for a sync, and stops it whenever it likes. */
export class WorkerControl {
  readonly #session: CDPSession;
  readonly #origin: string;
  /** The newest word on each version of the worker. */
  readonly #versions = new Map<string, Version>();

  private constructor(session: CDPSession, origin: string) {
    this.#session = session;
    this.#origin = origin;
    session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
      // The browser reports the workers of all origins.
      for (const version of versions)
        if (new URL(version.scriptURL).origin === origin)
          this.#versions.set(version.versionId, version);
    });
  }

  /** `page` may be any page of the browser, also one of another origin. */
  static async of(page: Page, origin: string): Promise<WorkerControl> {
    const control = new WorkerControl(await page.context().newCDPSession(page), origin);
    await control.#session.send('ServiceWorker.enable');
    return control;
  }

  get isActivated(): boolean {
    return this.#active !== undefined;
  }

  get isRunning(): boolean {
    return [...this.#versions.values()].some(({ runningStatus }) => runningStatus !== 'stopped');
  }

  /** Fires a sync event and does not wait for its end, which the recipe's worker reports to the server. */
  async sync(tag: string): Promise<void> {
    const event = { ...this.#registered(), tag, lastChance: false };
    await this.#session.send('ServiceWorker.dispatchSyncEvent', event);
  }

  /** Fires a periodic sync event, which the browser would fire at most twice a day. */
  async periodicSync(tag: string): Promise<void> {
    await this.#session.send('ServiceWorker.dispatchPeriodicSyncEvent', {
      ...this.#registered(),
      tag,
    });
  }

  async stop(): Promise<void> {
    await this.#session.send('ServiceWorker.stopAllWorkers');
  }

  #registered(): { origin: string; registrationId: string } {
    const registrationId = this.#active?.registrationId;
    if (registrationId === undefined) throw new Error('no service worker is activated');
    return { origin: this.#origin, registrationId };
  }

  get #active(): Version | undefined {
    return [...this.#versions.values()].find(({ status }) => status === 'activated');
  }
}
