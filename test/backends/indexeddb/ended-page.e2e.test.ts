// Covers src/platform/commits-in-part.ts, src/backends/indexeddb/database/transaction-ends.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines, type EngineName } from '../../setup/engine-names.mjs';
import type { Tab } from '../../setup/tab.ts';
import { Crowd } from './contexts/crowd.ts';

/** Chromium and Firefox were never seen to fail. */
const roundsOf = (engine: EngineName): number => (engine === 'webkitgtk' ? 10 : 3);
/** Closed in each round. A transaction that waits for those of others is in progress for longer. */
const TABS = 3;
const KEYS = 9;
const DATABASE = 'closed pages';

/** Two events of each key, so that the second one never comes where its key is never free again. */
function publishAll(tab: Tab, name: string): Promise<string[]> {
  const drafts = Array.from({ length: 2 * KEYS }, (_, index) => {
    const options = { id: `${name}-${index}`, key: `key-${index % KEYS}` };
    return { channel: 'work', payload: index, options };
  });
  return tab.evaluate((given) => window.events.publishMany(given), drafts);
}

/** Claims and returns events again and again, until the page ends. */
function cycleWithoutEnd(tab: Tab): Promise<void> {
  return tab.evaluate(async () => {
    const cycle = async () => {
      const taken = await window.events.dequeueMany('work', 100, { pollIntervalMs: 1_000 });
      await Promise.all(taken.map((delivery) => delivery.nack({ countsAsAttempt: false })));
    };
    void (async () => {
      for (;;) await cycle();
    })();
  });
}

function countAll(tab: Tab): Promise<number> {
  return tab.evaluate(async () => {
    const { ready, leased, scheduled } = await window.events.stats('work');
    return ready + leased + scheduled;
  });
}

/** A loaded machine may need seconds until the locks of a page that has ended are free. */
const PATIENT_MS = 15_000;

/** Acknowledges what there is until nothing is delivered any more. Resolves with the ids. */
function takeAll(tab: Tab): Promise<string[]> {
  return tab.evaluate(async (patientMs) => {
    const ids: string[] = [];
    for (let pollIntervalMs = patientMs; ; ) {
      const taken = await window.events.dequeueMany('work', 100, { pollIntervalMs });
      if (taken.length === 0) return ids;
      await Promise.all(taken.map((delivery) => delivery.ack()));
      ids.push(...taken.map(({ eventId }) => eventId));
      const { ready, leased, scheduled } = await window.events.stats('work');
      if (ready + leased + scheduled === 0) pollIntervalMs = 0;
    }
  }, PATIENT_MS);
}

for (const engine of askedEngines())
  describe(`pages of ${engine} that end while they work`, () => {
    const rounds = roundsOf(engine);
    let crowd: Crowd;
    let survivor: Tab;

    beforeAll(async () => {
      crowd = await Crowd.gather(engine);
      survivor = await crowd.openTab('survivor', { database: DATABASE });
    });

    afterAll(() => crowd?.disperse());

    /** Lets pages work, ends them, and expects that each event is there, that others can write, and that each event comes. */
    async function endPages(way: string, end: (tab: Tab, name: string) => Promise<unknown>) {
      const published = await publishAll(survivor, way);
      const counts: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const name = `${way} in round ${round}, tab`;
        const doomed = await crowd.openTabs(TABS, name, { database: DATABASE });
        await Promise.all(doomed.map(cycleWithoutEnd));
        for (const [at, tab] of doomed.entries()) await end(tab, `${name} ${at}`);
        await survivor.evaluate(() => window.events.publish('others', 1));
        counts.push(await countAll(survivor));
      }
      expect(counts).toEqual(counts.map(() => published.length));
      expect((await takeAll(survivor)).toSorted()).toEqual(published.toSorted());
    }

    test(`lose no event where they are closed, ${rounds} times`, { timeout: 120_000 }, () =>
      endPages('closed', (tab) => tab.close()),
    );

    // WebKitGTK keeps them in its back/forward cache.
    test(
      `lose no event and hold up no other page where they are left, ${rounds} times`,
      { timeout: 120_000 },
      () => endPages('left', (_, name) => crowd.sendAway(name)),
    );
  });
