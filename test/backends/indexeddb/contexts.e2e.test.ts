// Covers src/backends/indexeddb/indexeddb-backend.ts
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { Crowd, WORKERS } from './contexts/crowd.ts';

// Five contexts that compete took more than 20 seconds in WebKitGTK on a machine with a load of 20.
const PATIENCE = { timeout: 45_000 } as const;

for (const engine of askedEngines())
  describe(`contexts of one origin in ${engine}`, () => {
    let crowd: Crowd;

    beforeAll(async () => {
      crowd = await Crowd.gather(engine);
    });

    afterAll(() => crowd?.disperse());

    for (const context of ['tab', ...WORKERS])
      test(`a ${context} takes what a tab publishes, handles and acknowledges it`, async () => {
        const before = (await crowd.handled()).length;
        await crowd.command('listen', context);
        const eventIds = await crowd.publish([1, 2, 3, 4, 5]);
        await expect.poll(() => crowd.isDrained(), PATIENCE).toBe(true);
        // The answer to this command comes after the reports of the context, which storage may overtake.
        await crowd.command('stop', context);
        const mine = (await crowd.handled()).slice(before);
        expect(mine.map(({ eventId }) => eventId)).toEqual(eventIds);
        expect(mine.every((one) => one.context === context && one.attempts === 1)).toBe(true);
      });

    test('all kinds compete, and each event is handled once', async () => {
      const before = (await crowd.handled()).length;
      const everybody = ['tab', ...WORKERS];
      for (const context of everybody) await crowd.command('listen', context);
      const eventIds: string[] = [];
      for (let round = 0; round < 50; round += 1) {
        const payloads = Array.from({ length: 10 }, (_, index) => round * 10 + index);
        eventIds.push(...(await crowd.publish(payloads)));
      }
      await expect.poll(() => crowd.isDrained(), PATIENCE).toBe(true);
      for (const context of everybody) await crowd.command('stop', context);
      const taken = (await crowd.handled()).slice(before);
      expect(taken.map(({ eventId }) => eventId).sort()).toEqual(eventIds.sort());
      expect(new Set(taken.map(({ context }) => context)).size).toBeGreaterThan(1);
    });

    test('destroy: every context closes the database, and none creates it again', async () => {
      const database = { database: 'doomed' };
      const tab = await crowd.openTab('first of doomed', database);
      const other = await crowd.openTab('second of doomed', database);
      await other.evaluate(() => window.events.publish('work', 'kept'));
      await tab.evaluate(() => window.destroyDatabase());
      const refusals = await Promise.all(
        [tab, other].map((page) =>
          page.evaluate(() =>
            window.events.publish('work', 'late').catch(({ code }: { code: string }) => code),
          ),
        ),
      );
      expect(refusals).toEqual(['closed', 'closed']);
      const names = await tab.evaluate(async () =>
        (await indexedDB.databases()).map(({ name }) => name),
      );
      expect(names).not.toContain('doomed');
    });

    test('a partition is purged under a tab that publishes, another partition and its tab stay', async () => {
      const at = (partition: string) => ({ database: 'shared device', partition });
      const tab = await crowd.openTab('first of ada', at('ada'));
      const other = await crowd.openTab('second of ada', at('ada'));
      const bob = await crowd.openTab('tab of bob', at('bob'));
      for (const page of [tab, bob])
        await page.evaluate(() => window.events.publish('work', 'kept'));
      const published = other.evaluate(async () => {
        for (let count = 0; ; count += 1)
          try {
            await window.events.publish('work', count);
          } catch (error) {
            return { count, code: (error as { code: string }).code };
          }
      });
      const waiting = () => tab.evaluate(async () => (await window.events.stats('work')).ready);
      // One of them is not of that tab.
      await expect.poll(waiting, PATIENCE).toBeGreaterThan(1 + 20);
      const databases = () =>
        tab.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
      await tab.evaluate(() => window.destroyDatabase());
      expect(await databases()).not.toContain('shared device\u241fada');
      const { count, code } = await published;
      expect([count > 20, code]).toEqual([true, 'closed']);
      expect(await databases()).not.toContain('shared device\u241fada');
      const next = await crowd.openTab('ada again', at('ada'));
      const { ready } = await next.evaluate(() => window.events.stats('work'));
      expect(ready).toBe(0);
      const kept = await bob.evaluate(async () => (await window.events.dequeue('work'))?.payload);
      expect(kept).toBe('kept');
    });

    test('values that browsers keep in files of their own, over 64 KiB, are delivered whole', async () => {
      const isWhole = await crowd.main.evaluate(async () => {
        const { events } = window;
        const seen: boolean[] = [];
        for (let round = 0; round < 20; round += 1) {
          // The bytes are random, because browsers compress values.
          const sent = Array.from({ length: 4 }, () =>
            crypto.getRandomValues(new Uint8Array(65_536)),
          );
          await events.publish('large', sent);
          const delivery = await events.dequeue('large');
          seen.push(String(delivery?.payload) === String(sent));
          await delivery?.ack();
        }
        return seen;
      });
      expect(isWhole).toEqual(isWhole.map(() => true));
    });

    /** Lets a context begin to handle an event, ends it, and expects the event in the tab. */
    async function expectRedelivery(doomed: string, end: () => Promise<void>): Promise<void> {
      await crowd.command('listen', doomed, 'hang');
      const [eventId] = await crowd.publish([7]);
      await expect.poll(() => crowd.messagesOf('handled', doomed), PATIENCE).toHaveLength(1);
      await end();
      await crowd.command('listen', 'tab');
      await expect.poll(() => crowd.isDrained(), PATIENCE).toBe(true);
      await crowd.command('stop', 'tab');
      const deliveries = (await crowd.handled()).filter((one) => one.eventId === eventId);
      expect(deliveries.map(({ context, attempts }) => [context, attempts])).toEqual([
        [doomed, 1],
        ['tab', 2],
      ]);
    }

    test('a worker terminated in the middle of handling: its event is delivered again elsewhere', async () => {
      await crowd.startWorker('doomed worker');
      await expectRedelivery('doomed worker', () => crowd.terminateWorker('doomed worker'));
    });

    test('a tab closed in the middle of handling: its event is delivered again elsewhere', async () => {
      const doomed = await crowd.openTab('closed');
      await expectRedelivery('closed', () => doomed.close());
    });

    test('a page that is left in the middle of handling, cached by the browser or not, releases its event and works when it returns', async () => {
      await crowd.openTab('left');
      await expectRedelivery('left', () => crowd.sendAway('left'));
      const isKept = await crowd.callBack('left');
      // Firefox caches no page with a Web Lock, and Chromium caches no page under Playwright.
      expect(isKept).toBe(engine === 'webkitgtk');
      if (isKept)
        expect(await crowd.settled('left')).toMatchObject({
          answer: 'gone',
          isAborted: true,
          wasSuspended: true,
        });
      await expectToWork('left');
    });

    async function expectToWork(context: string): Promise<void> {
      const before = (await crowd.handled()).length;
      await crowd.command('listen', context);
      const eventIds = await crowd.publish([8, 9]);
      await expect.poll(() => crowd.isDrained(), PATIENCE).toBe(true);
      await crowd.command('stop', context);
      const mine = (await crowd.handled()).slice(before);
      expect(mine.map((one) => [one.eventId, one.context])).toEqual(
        eventIds.map((eventId) => [eventId, context]),
      );
    }

    describe('a page without Web Locks that the browser keeps', () => {
      beforeEach(({ skip }) => skip(engine === 'chromium', "Playwright's Chromium keeps no page"));

      test('keeps the events that no other context has taken over', async () => {
        await crowd.openTab('kept', { locks: null });
        await crowd.command('listen', 'kept', 'hang');
        const [eventId] = await crowd.publish([7]);
        await expect.poll(() => crowd.messagesOf('handled', 'kept'), PATIENCE).toHaveLength(1);
        await crowd.sendAway('kept');
        // A hint is posted meanwhile, because Firefox evicts a cached page that still listens on a channel.
        await crowd.main.evaluate(() => window.events.publish('elsewhere', 1));
        expect(await crowd.callBack('kept')).toBe(true);
        expect(await crowd.settled('kept')).toMatchObject({
          answer: 'ok',
          isAborted: false,
          wasSuspended: true,
        });
        expect((await crowd.handled()).filter((one) => one.eventId === eventId)).toHaveLength(1);
        await expectToWork('kept');
      });

      test('gets lease-lost where another context took its event over after the lease had expired', async () => {
        await crowd.openTab('late', { locks: null });
        await expectRedelivery('late', () => crowd.sendAway('late'));
        expect(await crowd.callBack('late')).toBe(true);
        expect(await crowd.settled('late')).toMatchObject({
          answer: 'gone',
          isAborted: true,
          wasSuspended: true,
        });
        await expectToWork('late');
      });
    });

    test('a tab that crashes in the middle of handling: its event is delivered again elsewhere', async ({
      skip,
    }) => {
      const { crashFault } = crowd.engine;
      if (crashFault !== null) console.log(`${engine} crashes no tab: ${crashFault}`);
      skip(crashFault !== null, String(crashFault));
      const doomed = await crowd.openTab('crashed');
      await expectRedelivery('crashed', () => doomed.crash());
    });
  });
