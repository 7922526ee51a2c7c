// Covers src/backends/indexeddb/publishing/published-ids.ts, src/backends/indexeddb/publishing/fresh-keys.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import type { Tab } from '../../setup/tab.ts';
import { Crowd } from './contexts/crowd.ts';

const TABS = 8;
const IDS = Array.from({ length: 30 }, (_, index) => `cart-${index}`);

/** Publishes an event of each id, all at once, half of them in a batch. Resolves with what the calls resolve with. */
function publishEach(tab: Tab): Promise<string[]> {
  return tab.evaluate(async (ids) => {
    const drafts = ids.map((id) => ({ channel: 'work', payload: id, options: { id } }));
    const half = drafts.length / 2;
    const [many, ...single] = await Promise.all([
      window.events.publishMany(drafts.slice(0, half)),
      ...drafts
        .slice(half)
        .map(({ payload, options }) => window.events.publish('work', payload, null, options)),
    ]);
    return [...many, ...single];
  }, IDS);
}

/** Takes and acknowledges what the channel has. Resolves with the ids. */
function takeAll(tab: Tab): Promise<string[]> {
  return tab.evaluate(async () => {
    const taken: string[] = [];
    for (;;) {
      const deliveries = await window.events.dequeueMany('work', 100, { pollIntervalMs: 0 });
      if (deliveries.length === 0) return taken;
      const answers = await Promise.all(deliveries.map((delivery) => delivery.ack()));
      taken.push(
        ...deliveries.filter((_, at) => answers[at] === 'ok').map(({ eventId }) => eventId),
      );
    }
  });
}

for (const engine of askedEngines())
  describe(`the same ids in eight tabs of ${engine}`, () => {
    let crowd: Crowd;
    let tabs: Tab[];

    beforeAll(async () => {
      crowd = await Crowd.gather(engine);
      tabs = await crowd.openTabs(TABS, 'of ids', { database: 'same ids' });
    });

    afterAll(() => crowd?.disperse());

    test('one event of each id is stored, and none after its acknowledgement', async () => {
      const [first] = tabs as [Tab];
      const answers = await Promise.all(tabs.map(publishEach));
      expect(answers).toEqual(tabs.map(() => IDS));
      expect((await takeAll(first)).toSorted()).toEqual(IDS.toSorted());
      await Promise.all(tabs.map(publishEach));
      expect(await takeAll(first)).toEqual([]);
    });
  });
