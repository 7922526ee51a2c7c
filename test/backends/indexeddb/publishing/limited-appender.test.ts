// Covers src/backends/indexeddb/publishing/limited-appender.ts, src/backends/indexeddb/publishing/backlog-of.ts
import { expect, test } from 'vitest';
import { LimitedAppender } from '../../../../src/backends/indexeddb/publishing/limited-appender.ts';
import type { NewEvent } from '../../../../src/queue/event-store.ts';
import { transactionsOf } from '../../../support/count-transactions.ts';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';

function eventOf(payload: number, maxBacklog: number): NewEvent {
  const plain = { channel: 'a', payload, metadata: null, createdAt: 0, bytes: 0 };
  return { ...plain, eventId: String(payload), maxBacklog };
}

test('a plain publish counts nothing', async () => {
  const backend = openDatabase().open();
  await backend.publish('a', 1);
  const begun = await transactionsOf(() => backend.publish('a', 2));
  expect(begun.flatMap(({ stores }) => stores)).not.toContain('epochs');
});

test('two contexts exceed the limit by no more than what one of them commits at once', async () => {
  const { open } = openDatabase();
  const [one, other] = [open(), open()];
  const publish = (backend: FullBackend) => backend.publish('a', 1, null, { maxBacklog: 4 });
  const rounds = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => publish(index % 2 === 0 ? one : other)),
  );
  const stored = rounds.filter(({ status }) => status === 'fulfilled').length;
  const { ready } = await one.stats('a');
  expect(ready).toBe(stored);
  expect(stored).toBeGreaterThanOrEqual(4);
  expect(stored).toBeLessThanOrEqual(8);
  await expect(publish(other)).rejects.toMatchObject({ code: 'backlog-full' });
});

test('a group is counted once, and the failure of one append is its own', async () => {
  let counts = 0;
  const appended: unknown[] = [];
  const appender = new LimitedAppender(
    async (events) => {
      if (events[0]?.payload === 2) throw new Error('disk on fire');
      appended.push(events[0]?.payload);
    },
    {
      count: async () => {
        counts += 1;
        return { ready: 1, scheduled: 0 };
      },
      drop: async () => 0,
    },
  );
  const ended = await Promise.allSettled(
    [1, 2, 3, 4].map((payload) => appender.append([eventOf(payload, 4)])),
  );
  expect(ended.map((one) => (one.status === 'rejected' ? String(one.reason) : 'stored'))).toEqual([
    'stored',
    'Error: disk on fire',
    'stored',
    expect.stringContaining('at most 4 waiting events'),
  ]);
  expect([counts, appended]).toEqual([1, [1, 3]]);
});

test('a context drops events that another context has published, in one group as many as needed', async () => {
  const { open } = openDatabase();
  const [one, other] = [open(), open()];
  for (const payload of [1, 2, 3]) await other.publish('a', payload);
  const options = { maxBacklog: 3, whenFull: 'drop-oldest' } as const;
  await Promise.all([4, 5].map((payload) => one.publish('a', payload, null, options)));
  const letters = await one.deadLetters('a', 9);
  expect(letters.map(({ payload, reason }) => [payload, reason])).toEqual([
    [1, 'dropped'],
    [2, 'dropped'],
  ]);
  const left = await other.dequeueMany('a', 9, 0);
  expect(left.map(({ payload }) => payload)).toEqual([3, 4, 5]);
});
