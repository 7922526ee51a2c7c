import {
  type LifecycleBrowser,
  type LifecycleTab,
  launchLifecycleBrowser,
} from '../../../setup/lifecycle-browser.ts';
import type { ServedPages } from '../../../setup/serve-pages.ts';
import type { MemberSettings } from './member.ts';
import { addressOf, RemoteMember } from './remote.ts';
import { serveMembers } from './serve-members.ts';

/** A tab with a member. */
export interface MemberTab {
  readonly tab: LifecycleTab;
  readonly member: RemoteMember;
}

/** A browser whose tabs are members. A test can freeze and crash them, and navigate away. */
export class MemberWorld {
  readonly #browser: LifecycleBrowser;
  readonly #served: ServedPages;

  private constructor(browser: LifecycleBrowser, served: ServedPages) {
    this.#browser = browser;
    this.#served = served;
  }

  static async open(): Promise<MemberWorld> {
    return new MemberWorld(await launchLifecycleBrowser(), await serveMembers());
  }

  get url(): string {
    return this.#served.url;
  }

  async openTab(name: string, settings?: MemberSettings): Promise<MemberTab> {
    const tab = await this.#browser.openTab(addressOf(this.url, name, settings));
    return { tab, member: new RemoteMember(name, tab.page) };
  }

  /** A page that is no member. */
  openPage(path: string): Promise<LifecycleTab> {
    return this.#browser.openTab(`${this.url}${path}`);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#served.close();
  }
}
