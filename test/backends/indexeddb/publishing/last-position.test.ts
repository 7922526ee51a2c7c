import { expect, test } from 'vitest';
import { readLastPosition } from '../../../../src/backends/indexeddb/publishing/last-position.ts';
import {
  delayedRowOf,
  waitingRowOf,
} from '../../../../src/backends/indexeddb/schema/event-rows.ts';
import { newEvent } from '../new-event.ts';
import { openStore } from '../open-store.ts';

const keyed = newEvent({ key: 'k', delayMs: 5 });
const ranked = newEvent({ priority: 5 });

test('without a stored row the first position is 0, and no channel has groups', async () => {
  const { connection } = await openStore();
  expect(await readLastPosition(connection, [keyed, ranked])).toEqual({
    ...{ position: 0, grouped: new Set() },
  });
});

test('positions follow the newest segment of any queue', async () => {
  const { connection, backend } = await openStore();
  for (const channel of ['a', 'b', 'z']) await backend.publish(channel, 1);
  expect((await readLastPosition(connection, [newEvent({ delayMs: 5 })])).position).toBe(3);
});

test('an event of a key follows the last one of its key in its channel, and of no other', async () => {
  const { connection, write } = await openStore();
  await write(
    'late',
    ...[delayedRowOf({ ...keyed, eventId: '1' }, 7.5), delayedRowOf({ ...keyed, eventId: '2' }, 7)],
    delayedRowOf(newEvent({ eventId: '3', key: 'l', delayMs: 5 }), 9),
    delayedRowOf(newEvent({ eventId: '4', key: 'k', delayMs: 5, channel: 'b' }), 9),
  );
  expect((await readLastPosition(connection, [keyed])).position).toBe(7.5);
});

test('a due event of a priority follows the last waiting one of its priority, and of no other', async () => {
  const { connection, write } = await openStore();
  await write(
    'returned',
    ...[1, 2].map((at) => waitingRowOf({ ...ranked, eventId: `${at}` }, 3 + at)),
    waitingRowOf(newEvent({ eventId: '3', priority: 6 }), 9),
    waitingRowOf(newEvent({ eventId: '4', priority: 5, channel: 'b' }), 9),
  );
  expect((await readLastPosition(connection, [ranked])).position).toBe(5);
});

test('the greatest position counts, and rows of other programs with greater keys do not', async () => {
  const { connection, write } = await openStore();
  await write('segments', { seq: 2 ** 52, queue: 'a' }, { seq: 'text', queue: 'a' });
  await write('late', { id: 'junk', queue: 'a', key: 'k', seq: 2 ** 53 });
  expect((await readLastPosition(connection, [keyed, ranked])).position).toBe(0);
  await write('late', delayedRowOf(keyed, 7.5));
  await write('returned', waitingRowOf(ranked, 8.5));
  expect((await readLastPosition(connection, [keyed, ranked])).position).toBe(8.5);
});

test('channels that have groups, or had some, are named', async () => {
  const { connection, write } = await openStore();
  const row = { v: 1, queue: 'a@', queues: [], hasPlain: true, ended: [] };
  await write('segments', row, row);
  const events = [keyed, newEvent({ channel: 'b', delayMs: 5 })];
  expect((await readLastPosition(connection, events)).grouped).toEqual(new Set(['a']));
});
