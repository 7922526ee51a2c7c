// Covers src/backends/indexeddb/hints/idle-leader.ts
import { describe, expect, test } from 'vitest';
import type { LifecycleTab } from '../../setup/lifecycle-browser.ts';
import { freezableTabs } from './contexts/freezable-tabs.ts';

const TABS = 4;
const EVENTS = 8;
const POLL_MS = 2_000;
/** Longer than any test, so no poll can deliver the event. */
const LONG_POLL_MS = 300_000;
/** Allowance for the scan itself on a loaded machine. */
const SCAN_MS = 500;

declare global {
  interface Window {
    /** When each event was handled here, after it was published, in milliseconds. */
    handledAfter: number[];
  }
}

const openTabAt = freezableTabs();

async function openTab(name: string, pollIntervalMs: number): Promise<LifecycleTab> {
  const settings = encodeURIComponent(JSON.stringify({ pollIntervalMs }));
  const tab = await openTabAt(`/?name=${name}&settings=${settings}`);
  await tab.page.waitForFunction(() => window.events !== undefined);
  return tab;
}

async function openListening(channel: string, pollIntervalMs: number): Promise<LifecycleTab[]> {
  const tabs: LifecycleTab[] = [];
  for (let index = 0; index < TABS; index += 1) {
    const tab = await openTab(`${channel}${index}`, pollIntervalMs);
    await tab.page.evaluate((name) => {
      window.handledAfter = [];
      window.events.listen(name, ({ payload }) => {
        window.handledAfter.push(Date.now() - (payload as number));
      });
    }, channel);
    tabs.push(tab);
  }
  return tabs;
}

/** Whether this tab leads the channel. The platform names the client of each lock. */
function leads({ page }: LifecycleTab, channel: string): Promise<boolean> {
  return page.evaluate(async (lockName) => {
    const me = `me:${Math.random()}`;
    const { held = [] } = await navigator.locks.request(me, () => navigator.locks.query());
    const clientOf = (name: string) => held.find((lock) => lock.name === name)?.clientId;
    return clientOf(lockName) !== undefined && clientOf(lockName) === clientOf(me);
  }, `ackline:contexts:turn:${channel}`);
}

async function leaderOf(tabs: readonly LifecycleTab[], channel: string): Promise<LifecycleTab> {
  for (;;) for (const tab of tabs) if (await leads(tab, channel)) return tab;
}

async function someoneLeads(tabs: readonly LifecycleTab[], channel: string): Promise<boolean> {
  return (await Promise.all(tabs.map((tab) => leads(tab, channel)))).includes(true);
}

/** Publishes from a tab that does not listen. Returns how long each event waited for its handler. */
async function publishAndWait(tabs: readonly LifecycleTab[], channel: string): Promise<number[]> {
  const publisher = await openTab('publisher', POLL_MS);
  const handled = async () => {
    const ofTabs = tabs.map(({ page }) => page.evaluate(() => window.handledAfter));
    return (await Promise.all(ofTabs)).flat();
  };
  for (let count = 1; count <= EVENTS; count += 1) {
    await publisher.page.evaluate((name) => window.events.publish(name, Date.now()), channel);
    await expect.poll(async () => (await handled()).length, { timeout: 20_000 }).toBe(count);
  }
  await publisher.page.close();
  return handled();
}

describe('the tab that leads a channel', () => {
  test('stops without a notice, and delays other tabs by a poll interval at most', async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'stops a process by signal');
    const tabs = await openListening('stopped', POLL_MS);
    const pids = new Map<LifecycleTab, number>();
    for (const tab of tabs) pids.set(tab, await tab.rendererPid());
    expect(new Set(pids.values()).size).toBe(TABS);
    const { leader, others } = await stopLeader(tabs, pids);
    try {
      const delays = await publishAndWait(others, 'stopped');
      console.log(`beside a stopped leader, ms: ${delays.join(' ')}`);
      expect(await someoneLeads(others, 'stopped')).toBe(false);
      expect(Math.max(...delays)).toBeLessThanOrEqual(POLL_MS + SCAN_MS);
    } finally {
      process.kill(pids.get(leader) as number, 'SIGCONT');
    }
    await expect.poll(() => someoneLeads(tabs, 'stopped')).toBe(true);
    expect(await leader.page.evaluate(() => window.handledAfter)).toEqual([]);
  });

  test('is frozen, and does not delay other tabs, because it has released its lock', async () => {
    const tabs = await openListening('frozen', LONG_POLL_MS);
    const leader = await leaderOf(tabs, 'frozen');
    const others = tabs.filter((tab) => tab !== leader);
    await leader.freeze();
    await expect.poll(() => someoneLeads(others, 'frozen')).toBe(true);
    const delays = await publishAndWait(others, 'frozen');
    console.log(`beside a frozen leader, ms: ${delays.join(' ')}`);
    expect(Math.max(...delays)).toBeLessThanOrEqual(SCAN_MS);
    await leader.resume();
    expect(await leader.page.evaluate(() => window.handledAfter)).toEqual([]);
  });
});

/** The lead passes from tab to tab. A tab that released it before it was stopped resumes, and the next tab is tried. */
async function stopLeader(
  tabs: readonly LifecycleTab[],
  pids: ReadonlyMap<LifecycleTab, number>,
): Promise<{ leader: LifecycleTab; others: readonly LifecycleTab[] }> {
  for (;;) {
    const leader = await leaderOf(tabs, 'stopped');
    const others = tabs.filter((tab) => tab !== leader);
    process.kill(pids.get(leader) as number, 'SIGSTOP');
    if (!(await someoneLeads(others, 'stopped'))) return { leader, others };
    process.kill(pids.get(leader) as number, 'SIGCONT');
  }
}
