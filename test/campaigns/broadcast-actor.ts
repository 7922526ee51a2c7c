import type { RemoteMember as Member } from '../backends/broadcast/contexts/remote.ts';
import { RemoteMember } from '../backends/broadcast/contexts/remote.ts';
import type { LifecycleTab } from '../setup/lifecycle-browser.ts';

interface Place {
  /** The tab of this page. */
  readonly tab?: LifecycleTab;
  /** The tab that owns the worker and forwards calls to it. */
  readonly host?: Actor;
}

type State = 'running' | 'frozen' | 'cached';

/** One context of a campaign, with the state that the campaign records of it. */
export class Actor {
  readonly member: Member;
  readonly tab: LifecycleTab | undefined;
  readonly host: Actor | undefined;
  /** The number of events that the context has confirmed as sent. */
  published = 0;
  isEnded = false;
  #state: State = 'running';
  /** Requests that the context has not answered. */
  readonly #calls = new Set<Promise<unknown>>();

  constructor(member: Member, { tab, host }: Place) {
    this.member = member;
    this.tab = tab;
    this.host = host;
  }

  /** Whether the context accepts requests. It may be busy. */
  get isRunning(): boolean {
    return this.#state === 'running' && (this.host?.isRunning ?? true);
  }

  get standsStill(): boolean {
    return this.#state !== 'running';
  }

  publish(count: number): Promise<unknown> {
    const terms = { count, burst: count, confirmEvery: 0 };
    return this.#track(
      this.member.call('publish', terms).then(() => {
        this.published += count;
      }),
    );
  }

  /** Keeps its thread busy for `ms`. The caller does not wait for the end. */
  occupy(ms: number): void {
    void this.#track(this.member.call('occupy', ms));
  }

  async freeze(): Promise<void> {
    // The request counts as answered, because the context may end before it continues.
    await this.untilIdle();
    await this.tab?.freeze();
    this.#state = 'frozen';
  }

  async leave(url: string): Promise<void> {
    await this.untilIdle();
    await this.tab?.leave(url);
    this.#state = 'cached';
  }

  /** Returns whether the context is still the same. */
  async goOn(): Promise<boolean> {
    const wasCached = this.#state === 'cached';
    if (wasCached) await this.tab?.back();
    else await this.tab?.resume();
    this.#state = 'running';
    if (!wasCached) return true;
    await this.tab?.page.waitForFunction(() => window.callMember !== undefined);
    return (await this.member.call('report')).hasListened;
  }

  async end(way: 'crash' | 'close'): Promise<void> {
    if (way === 'crash') await this.tab?.crash();
    await this.tab?.page.close();
  }

  /** Like a reload, with another name. The page is gone, and the tab has a new member. */
  async replace(url: string, name: string): Promise<Member> {
    const page = this.tab?.page;
    if (page === undefined) throw new Error('a worker is not reloaded');
    await Promise.all([
      page.waitForURL(url),
      page.evaluate((address) => location.replace(address), url),
    ]);
    await page.waitForFunction(() => window.callMember !== undefined);
    return new RemoteMember(name, page);
  }

  async untilIdle(): Promise<void> {
    await Promise.all(this.#calls);
  }

  #track(call: Promise<unknown>): Promise<unknown> {
    // The context may end before it answers.
    const tracked = call.catch(() => undefined).finally(() => this.#calls.delete(tracked));
    this.#calls.add(tracked);
    return tracked;
  }
}
