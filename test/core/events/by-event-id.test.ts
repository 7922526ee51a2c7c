import { expect, test } from 'vitest';
import { ByEventId } from '../../../src/core/events/by-event-id.ts';

interface Item {
  readonly channel: string;
  readonly n: number;
}

function filled(...items: readonly Item[]): ByEventId<Item> {
  const byId = new ByEventId<Item>(({ channel }) => channel);
  for (const item of items) byId.set('x', item);
  return byId;
}

const A1: Item = { channel: 'a', n: 1 };
const A2: Item = { channel: 'a', n: 2 };
const B1: Item = { channel: 'b', n: 1 };
const C1: Item = { channel: 'c', n: 1 };

test('ByEventId: an item replaces the earlier item of its id and channel', () => {
  expect(filled(A1, A2).get('x')).toBe(A2);
  const several = filled(A1, B1, A2);
  expect([several.get('x', 'a'), several.get('x', 'b')]).toEqual([A2, B1]);
});

test('ByEventId: an id without a channel means the item that was set last', () => {
  expect(filled(A1, B1).get('x')).toBe(B1);
  expect(filled(A1, B1, A2).get('x')).toBe(A2);
});

test('ByEventId: an id in another channel has no item', () => {
  expect(filled(A1).get('x', 'b')).toBe(undefined);
  expect(filled(A1, B1).get('x', 'c')).toBe(undefined);
  expect(filled(A1).get('y')).toBe(undefined);
});

test('ByEventId: only the very item is removed', () => {
  const byId = filled(A1, B1, C1);
  byId.remove('x', { ...B1 });
  expect(byId.get('x', 'b')).toBe(B1);
  for (const item of [B1, C1]) byId.remove('x', item);
  expect([byId.get('x'), byId.size]).toEqual([A1, 1]);
  byId.remove('x', A1);
  expect([byId.get('x'), byId.size]).toEqual([undefined, 0]);
});

test('ByEventId: takeAll returns every item once', () => {
  const byId = filled(A1, B1);
  byId.set('y', C1);
  expect(byId.takeAll()).toEqual([A1, B1, C1]);
  expect(byId.takeAll()).toEqual([]);
});
