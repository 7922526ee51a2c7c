// Covers src/backends/indexeddb/claiming/verify-leases.ts
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LifecycleTab } from '../../setup/lifecycle-browser.ts';
import { freezableTabs } from './contexts/freezable-tabs.ts';

const FREEZES = 60;
const EVENTS = 5;
/** A claim takes a few milliseconds. The page shall be frozen in one of them. */
const MAX_AWAKE_MS = 12;
const WAIT_MS = 400;

interface Noted {
  readonly eventId: string;
  readonly at: number;
}

const openTabAt = freezableTabs();

async function openTab(): Promise<LifecycleTab> {
  const tab = await openTabAt('/plain');
  await tab.page.waitForFunction(() => window.events !== undefined);
  await tab.page.evaluate(() => window.events.stats('a'));
  return tab;
}

/** Dequeues events in the tab, and acknowledges those with a valid lease. Returns these with the time of their delivery. */
function consume({ page }: LifecycleTab): Promise<Noted[]> {
  return page.evaluate(
    async ([limit, pollIntervalMs]) => {
      const deliveries = await window.events.dequeueMany('a', limit, { pollIntervalMs });
      const at = Date.now();
      const given = deliveries.filter(({ signal }) => !signal.aborted);
      await Promise.all(given.map((delivery) => delivery.ack()));
      return given.map(({ eventId }) => ({ eventId, at }));
    },
    [EVENTS, WAIT_MS] as const,
  );
}

/** Takes over the events of the other tab, and records when its acknowledgements were accepted. */
function takeOver({ page }: LifecycleTab): Promise<Noted[]> {
  return page.evaluate(
    async ([limit, pollIntervalMs]) => {
      const deliveries = await window.events.dequeueMany('a', limit, { pollIntervalMs });
      const settlements = await Promise.all(deliveries.map((delivery) => delivery.ack()));
      const at = Date.now();
      return deliveries
        .filter((_, index) => settlements[index] === 'ok')
        .map(({ eventId }) => ({ eventId, at }));
    },
    [EVENTS, WAIT_MS / 4] as const,
  );
}

test('a tab that freezes in the middle of a claim gets no event that another tab has acknowledged in the meantime', async () => {
  const [victim, other] = [await openTab(), await openTab()];
  const tooLate: Noted[] = [];
  let takenOver = 0;
  for (let freeze = 0; freeze < FREEZES; freeze += 1) {
    await other.page.evaluate(async (count) => {
      const drafts = Array.from({ length: count }, () => ({ channel: 'a', payload: 1 }));
      await window.events.publishMany(drafts);
    }, EVENTS);
    const consuming = consume(victim);
    // This pause does not wait for a condition. The test freezes at a random point of a claim.
    await delay((freeze * 7) % MAX_AWAKE_MS);
    await victim.freeze();
    const done = await takeOver(other);
    await victim.resume();
    takenOver += done.length;
    const doneAt = new Map(done.map(({ eventId, at }) => [eventId, at]));
    for (const given of await consuming)
      if (given.at > (doneAt.get(given.eventId) ?? given.at)) tooLate.push(given);
    await takeOver(other);
  }
  console.log(`${takenOver} of ${FREEZES * EVENTS} events were taken over`);
  expect(tooLate).toEqual([]);
  expect(takenOver).toBeGreaterThan(0);
});
