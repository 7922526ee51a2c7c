// Covers src/backends/indexeddb/publishing/replaced-events.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import type { Tab } from '../../setup/tab.ts';
import { Crowd } from './contexts/crowd.ts';

const PATIENCE = { timeout: 20_000 } as const;

/** Publishes drafts of one document, each of which replaces those that wait. Resolves with their ids in order. */
function publishDrafts(tab: Tab, count: number, name = 'draft'): Promise<string[]> {
  return tab.evaluate(
    async ([drafts, payload]) => {
      const ids: string[] = [];
      const options = { key: 'document', replaces: 'waiting' } as const;
      for (let draft = 0; draft < drafts; draft += 1)
        ids.push(await window.events.publish('work', payload, null, options));
      return ids;
    },
    [count, name] as const,
  );
}

/** Acknowledges the events of a group up to the last draft. Resolves with their ids. */
function takeOfGroup(tab: Tab): Promise<string[]> {
  return tab.evaluate(async () => {
    const ids: string[] = [];
    for await (const delivery of window.events.iterEvents('work', { group: 'search' })) {
      ids.push(delivery.eventId);
      await delivery.ack();
      if ((delivery.payload as unknown) === 'last') break;
    }
    return ids;
  });
}

for (const engine of askedEngines())
  describe(`replace in two tabs of ${engine}`, () => {
    let crowd: Crowd;

    beforeAll(async () => {
      crowd = await Crowd.gather(engine);
    });

    afterAll(() => crowd?.disperse());

    test('without a consumer one draft is left, the last one', async () => {
      const other = await crowd.openTab('other');
      await Promise.all([publishDrafts(crowd.main, 40), publishDrafts(other, 40)]);
      const [last] = await publishDrafts(other, 1);
      const counts = await crowd.main.evaluate(() => window.events.stats('work'));
      expect(counts).toMatchObject({ ready: 1, leased: 0, scheduled: 0, dead: 0 });
      const message = await crowd.main.evaluate(async () => {
        const delivery = await window.events.dequeue('work');
        await delivery?.ack();
        return { eventId: delivery?.eventId, attempts: delivery?.attempts };
      });
      expect(message).toEqual({ eventId: last, attempts: 1 });
    });

    test('while a third tab handles them, each draft is replaced or handled once, and the last one is handled', async () => {
      const before = (await crowd.handled()).length;
      const other = await crowd.openTab('another');
      await crowd.command('listen', 'tab');
      const ids = await Promise.all([publishDrafts(crowd.main, 100), publishDrafts(other, 100)]);
      const [last] = await publishDrafts(other, 1);
      await expect.poll(() => crowd.isDrained(), PATIENCE).toBe(true);
      await crowd.command('stop', 'tab');
      const handled = (await crowd.handled()).slice(before).map(({ eventId }) => eventId);
      expect(new Set(handled).size).toBe(handled.length);
      expect(handled.at(-1)).toBe(last);
      const all = new Set([...ids.flat(), last]);
      expect(handled.every((eventId) => all.has(eventId))).toBe(true);
      expect(handled.length).toBeLessThanOrEqual(all.size);
    });

    test('in a channel with a group each queue replaces by itself, while a tab consumes from the group', async () => {
      const [one, other] = [await crowd.openTab('one'), await crowd.openTab('two')];
      await crowd.main.evaluate(() => window.createGroup('work', 'search'));
      const taking = takeOfGroup(crowd.main);
      const ids = await Promise.all([publishDrafts(one, 60), publishDrafts(other, 60)]);
      const [last] = await publishDrafts(other, 1, 'last');
      const taken = await taking;
      expect(taken.at(-1)).toBe(last);
      expect(new Set(taken).size).toBe(taken.length);
      const all = new Set([...ids.flat(), last]);
      expect(taken.every((eventId) => all.has(eventId))).toBe(true);
      const left = await one.evaluate(() => window.events.stats('work'));
      expect(left).toMatchObject({ ready: 1, leased: 0, scheduled: 0, dead: 0 });
    });
  });
