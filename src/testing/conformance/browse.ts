import type { BrowsedEvent, BrowsedPage, EventState } from '../../core/protocols/browsed-page.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import { browse } from '../../inspection/browse.ts';
import {
  CHANNEL,
  expectNothingDue,
  LEASE_MS,
  openBackend,
  publishEach,
  rejectEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const STATES = ['ready', 'scheduled', 'leased', 'dead'] as const;

/** The events of one state, by their payloads. */
async function list(
  backend: AsyncEventBackend,
  state: EventState,
): Promise<readonly BrowsedEvent[]> {
  const { events } = await browse(backend, CHANNEL, { state, payload: true });
  return events;
}

async function pagesOf(
  backend: AsyncEventBackend,
  state: EventState,
  limit: number,
): Promise<BrowsedPage[]> {
  const pages: BrowsedPage[] = [];
  let after: string | undefined;
  do {
    const page = await browse(backend, CHANNEL, { state, limit, after, payload: true });
    pages.push(page);
    after = page.after;
  } while (after !== undefined && pages.length < 100);
  return pages;
}

const payloadsOf = (events: readonly BrowsedEvent[]) => events.map(({ payload }) => payload);

export const browseCases: readonly ConformanceCase[] = [
  {
    name: 'browse: lists nothing in a channel that was never used',
    requires: ['browse'],
    async run(context) {
      const backend = openBackend(context);
      for (const state of STATES)
        expectEqual(await browse(backend, CHANNEL, { state }), { events: [] }, state);
    },
  },
  {
    name: 'browse: follows an event from state to state, with what is known about it',
    requires: ['browse', 'delayMs', 'reject'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const createdAt = runtime.now();
      const eventId = await backend.publish(CHANNEL, 'one', { trace: 1 }, { delayMs: 1_000 });
      const base = { eventId, channel: CHANNEL, metadata: { trace: 1 }, createdAt };
      const see = async (expected: Partial<BrowsedEvent> & { readonly state: EventState }) => {
        for (const state of STATES) {
          const { events } = await browse(backend, CHANNEL, { state });
          const seen = events.map(({ owner, ...event }) => event);
          const all = [{ lastError: null, attempts: 0, ...base, ...expected }];
          expectEqual(seen, state === expected.state ? all : [], `${state} events`);
        }
      };
      const availableAt = createdAt + 1_000;
      await see({ state: 'scheduled', availableAt });
      await runtime.advance(1_000);
      await see({ state: 'ready', availableAt });
      const { lease } = await takeNext(backend);
      const leaseExpiresAt = runtime.now() + LEASE_MS;
      await see({ state: 'leased', availableAt, attempts: 1, lease, leaseExpiresAt });
      const lastError = { name: 'Error', message: 'no answer' };
      await backend.nack(eventId, lease, { delayMs: 500, error: new Error('no answer') });
      const retryAt = runtime.now() + 500;
      await see({ state: 'scheduled', availableAt: retryAt, attempts: 1, lastError });
      await runtime.advance(500);
      await see({ state: 'ready', availableAt: retryAt, attempts: 1, lastError });
      const second = await takeNext(backend);
      await backend.reject(eventId, second.lease, { reason: 'broken' });
      const died = { reason: 'rejected', note: 'broken', diedAt: runtime.now() } as const;
      await see({ state: 'dead', attempts: 2, lastError, ...died });
    },
  },
  {
    name: 'browse: pages follow each other in the order of publishing',
    requires: ['browse', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      const drafts = Array.from({ length: 23 }, (_, payload) => ({ channel: CHANNEL, payload }));
      await backend.publishMany(drafts);
      await publishEach(backend, 23, 24, 25, 26);
      const pages = await pagesOf(backend, 'ready', 10);
      const payloads = pages.map(({ events }) => payloadsOf(events));
      const all = Array.from({ length: 27 }, (_, index) => index);
      expectEqual(payloads, [all.slice(0, 10), all.slice(10, 20), all.slice(20)], 'pages');
      await backend.dequeueMany(CHANNEL, 25, 0);
      const [first, second] = await pagesOf(backend, 'leased', 20);
      expectEqual(payloadsOf(first?.events ?? []), all.slice(0, 20), 'leased events');
      expectEqual(payloadsOf(second?.events ?? []), all.slice(20, 25), 'the next page');
      expectEqual(payloadsOf(await list(backend, 'ready')), all.slice(25), 'what is ready');
    },
  },
  {
    name: 'browse: dead letters are listed oldest first, and scheduled events by due time',
    requires: ['browse', 'delayMs', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, 1, 2, 3);
      const letters = await pagesOf(backend, 'dead', 2);
      expectEqual(
        letters.map(({ events }) => payloadsOf(events)),
        [[1, 2], [3]],
        'dead letters',
      );
      for (const delayMs of [3_000, 1_000, 2_000])
        await backend.publish(CHANNEL, delayMs, null, { delayMs });
      const scheduled = await pagesOf(backend, 'scheduled', 2);
      const due = [[1_000, 2_000], [3_000]];
      expectEqual(
        scheduled.map(({ events }) => payloadsOf(events)),
        due,
        'scheduled events',
      );
    },
  },
  {
    name: 'browse: has payloads only on demand, and changes of a copy reach nobody',
    requires: ['browse', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, { total: 1 }, { total: 2 });
      const { events } = await browse(backend, CHANNEL, { state: 'ready' });
      expectEqual(
        events.map((event) => 'payload' in event),
        [false, false],
        'payloads',
      );
      const [first] = await list(backend, 'ready');
      (first?.payload as { total: number }).total = 5;
      const message = await takeNext(backend);
      expectEqual(message.payload, { total: 1 }, 'the delivered payload');
      await backend.reject(message.eventId, message.lease);
      const [letter] = (await browse(backend, CHANNEL, { state: 'dead' })).events;
      expectEqual(letter && 'payload' in letter, false, 'whether the letter has its payload');
      const [whole] = await list(backend, 'dead');
      (whole?.payload as { total: number }).total = 5;
      expectEqual(payloadsOf(await list(backend, 'dead')), [{ total: 1 }], 'the stored letter');
    },
  },
  {
    name: 'browse: shows the key and the priority of each event, in every state',
    requires: ['browse', 'keys', 'priority', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const shown = async (state: EventState) => {
        const { events } = await browse(backend, CHANNEL, { state });
        return events.map(({ key, priority }) => key ?? priority ?? null);
      };
      for (const options of [{ key: 'k' }, { priority: 5 }, {}])
        await backend.publish(CHANNEL, 1, null, options);
      await backend.publish(CHANNEL, 2, null, { key: 'l', delayMs: 1_000 });
      expectEqual((await shown('ready')).map(String).sort(), ['5', 'k', 'null'], 'ready');
      expectEqual(await shown('scheduled'), ['l'], 'scheduled');
      const messages = [await takeNext(backend), await takeNext(backend), await takeNext(backend)];
      expectEqual((await shown('leased')).map(String).sort(), ['5', 'k', 'null'], 'leased');
      for (const { eventId, lease } of messages) await backend.reject(eventId, lease);
      expectEqual((await shown('dead')).map(String).sort(), ['5', 'k', 'null'], 'dead');
    },
  },
  {
    name: 'browse: leases nothing and counts no attempt',
    requires: ['browse', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      await publishEach(one, 1, 2);
      for (const backend of [one, other, one])
        expectEqual(payloadsOf(await list(backend, 'ready')), [1, 2], 'ready events');
      expectEqual((await takeNext(other)).attempts, 1, 'attempts');
      expectEqual(await takePayloads(one), [2], 'the other event');
      await expectNothingDue(one);
    },
  },
  {
    name: 'browse: leaves out what is published after its first page',
    requires: ['browse'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2, 3);
      const page = await browse(backend, CHANNEL, { state: 'ready', limit: 2, payload: true });
      await publishEach(backend, 4);
      const { after } = page;
      const next = await browse(backend, CHANNEL, { state: 'ready', after, payload: true });
      expectEqual([payloadsOf(next.events), 'after' in next], [[3], false], 'the last page');
    },
  },
  {
    name: 'browse: is refused as closed after shutdown',
    requires: ['browse'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1);
      await backend.shutdown();
      const expected = { name: 'AcklineError', code: 'closed' } as const;
      await expectRejects(() => list(backend, 'ready'), expected, 'browse');
    },
  },
  {
    name: 'browse: refuses unknown states, limits out of range, and the cursor of another state',
    requires: ['browse'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2);
      const { after } = await browse(backend, CHANNEL, { state: 'ready', limit: 1 });
      const refused = async (options: object, ...says: string[]) =>
        expectRejects(
          () => browse(backend, CHANNEL, options as { state: EventState }),
          { name: 'TypeError', says },
          JSON.stringify(options),
        );
      await refused({}, 'state', 'undefined');
      await refused({ state: 'acked' }, 'state', 'acked');
      await refused({ state: 'ready', limit: 0 }, 'limit', '0');
      await refused({ state: 'ready', payload: 1 }, 'payload', '1');
      await refused({ state: 'ready', after: 'x' }, 'after', 'x');
      await refused({ state: 'dead', after }, 'after', 'dead');
      await expectRejects(
        () => browse(backend, '9', { state: 'ready' }),
        { name: 'TypeError', says: ['channel'] },
        'a channel name',
      );
    },
  },
];
