import type { RemoteMember as Member } from '../backends/broadcast/contexts/remote.ts';
import { RemoteMember } from '../backends/broadcast/contexts/remote.ts';
import type { LifecycleTab } from '../setup/lifecycle-browser.ts';

interface Place {
  /** Its own tab. */
  readonly tab?: LifecycleTab;
  /** The tab that a worker belongs to, and through which it is called. */
  readonly host?: Actor;
}

type State = 'running' | 'frozen' | 'cached';

/** One context of a campaign, and what is known of it from outside. */
export class Actor {
  readonly member: Member;
  readonly tab: LifecycleTab | undefined;
  readonly host: Actor | undefined;
  /** How many events it has certainly sent. */
  published = 0;
  isEnded = false;
  #state: State = 'running';
  /** What it has been asked to do and has not answered. */
  readonly #calls = new Set<Promise<unknown>>();

  constructor(member: Member, { tab, host }: Place) {
    this.member = member;
    this.tab = tab;
    this.host = host;
  }

  /** It can be asked for something; it may be busy. */
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

  /** Keeps its thread for so long; nobody waits for that. */
  occupy(ms: number): void {
    void this.#track(this.member.call('occupy', ms));
  }

  async freeze(): Promise<void> {
    // What it was asked for is answered: it may end before it goes on.
    await this.untilIdle();
    await this.tab?.freeze();
    this.#state = 'frozen';
  }

  async leave(url: string): Promise<void> {
    await this.untilIdle();
    await this.tab?.leave(url);
    this.#state = 'cached';
  }

  /** Answers whether it is the same context as before. */
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

  /** As a reload does, with another name: the page is gone, and the tab has a new member. */
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
    // It may end before it answers.
    const tracked = call.catch(() => undefined).finally(() => this.#calls.delete(tracked));
    this.#calls.add(tracked);
    return tracked;
  }
}
