// Covers src/backends/indexeddb/groups/group-copier.ts, src/backends/indexeddb/groups/indexeddb-groups.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import type { Tab } from '../../setup/tab.ts';
import { Crowd } from './contexts/crowd.ts';

const TABS = 4;
const EVENTS = 60;

for (const engine of askedEngines())
  describe(`groups among tabs in ${engine}`, () => {
    let crowd: Crowd;
    let tabs: Tab[];

    beforeAll(async () => {
      crowd = await Crowd.gather(engine);
      tabs = await crowd.openTabs(TABS, 'of groups', { database: 'groups' });
    });

    afterAll(() => crowd?.disperse());

    test('with all tabs publishing, each event reaches a new group if and only if it was committed after the creation', async () => {
      const creations = await Promise.all(tabs.map((tab, index) => publishEach(tab, index)));
      expect(creations.filter(Boolean)).toEqual([true]);
      const [first] = tabs as [Tab];
      const { after, all } = await first.evaluate(readSegments);
      expect(all).toHaveLength(TABS * EVENTS);
      expect(after.length).toBeGreaterThan(0);
      expect(after.length).toBeLessThan(TABS * EVENTS);
      const seen = (await Promise.all(tabs.map(takeAll))).flat();
      expect(seen.toSorted()).toEqual(after.toSorted());
    });

    test('a deleted group refuses consumers of every tab, and leaves no event', async () => {
      const [first, second] = tabs as [Tab, Tab];
      await first.evaluate(() => window.createGroup('work', 'mail'));
      await first.evaluate(() => window.events.publish('work', 'last'));
      const held = await second.evaluate(async () => {
        const delivery = await window.events.dequeue('work', { group: 'mail' });
        if (delivery) window.held = [delivery];
        return delivery?.payload;
      });
      expect(held).toBe('last');
      expect(await first.evaluate(() => window.deleteGroup('work', 'mail'))).toBe(true);
      expect(await second.evaluate(() => window.held[0]?.ack())).toBe('gone');
      const refusal = await second.evaluate(() =>
        window.events
          .dequeue('work', { group: 'mail' })
          .catch(({ code }: { code: string }) => code),
      );
      expect(refusal).toBe('no-group');
      const { all } = await second.evaluate(readSegments);
      expect(all.filter((payload) => payload === 'last')).toHaveLength(1);
    });
  });

/** Each tab publishes, and some of them create the group in the middle. Resolves with whether this tab has created it. */
function publishEach(tab: Tab, index: number): Promise<boolean> {
  return tab.evaluate(
    async ([own, count]) => {
      let isCreated = false;
      for (let number = 0; number < count; number += 1) {
        const published = window.events.publish('work', `${own}.${number}`);
        if (number === 20 + own) isCreated = await window.createGroup('work', 'search');
        await published;
      }
      return isCreated;
    },
    [index, EVENTS] as const,
  );
}

/** Consumes the group until nothing has come for a poll interval. */
function takeAll(tab: Tab): Promise<string[]> {
  return tab.evaluate(async () => {
    const payloads: string[] = [];
    for (;;) {
      const deliveries = await window.events.dequeueMany('work', 5, { group: 'search' });
      if (deliveries.length === 0) return payloads;
      for (const delivery of deliveries) {
        if ((await delivery.ack()) === 'ok') payloads.push(String(delivery.payload));
      }
    }
  });
}

/** The payloads that were published into the channel, in commit order, and those after the creation of the group. Runs in the page. */
async function readSegments(): Promise<{ all: string[]; after: string[] }> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('groups');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const rows = await new Promise<
    { queue: string; seq: number; payloads: string[]; queues?: string[] }[]
  >((resolve, reject) => {
    const request = database.transaction('segments').objectStore('segments').getAll();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  database.close();
  const point = rows.find(({ queues }) => queues?.length)?.seq ?? Number.POSITIVE_INFINITY;
  const published = rows.filter(({ queue }) => !queue.includes('@'));
  return {
    all: published.flatMap(({ payloads }) => payloads),
    after: published.filter(({ seq }) => seq > point).flatMap(({ payloads }) => payloads),
  };
}
