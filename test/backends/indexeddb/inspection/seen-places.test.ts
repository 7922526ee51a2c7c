import { expect, test } from 'vitest';
import type { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import {
  type Found,
  SeenPlaces,
} from '../../../../src/backends/indexeddb/inspection/seen-places.ts';

const MOST = 20_000;

const anyConnection = () => ({}) as Connection;
const placeOf = (seq: number): Found => ({ place: { seq, at: 0 }, period: 1 });

test('a connection remembers the same places for every cancel, and another connection none of them', () => {
  const connection = anyConnection();
  SeenPlaces.of(connection).note('a', 'x', placeOf(1));
  expect(SeenPlaces.of(anyConnection()).take('a', 'x')).toBe(undefined);
  expect(SeenPlaces.of(connection).take('a', 'x')).toEqual(placeOf(1));
});

test('a place is returned once, since the cancel that gets it may move the event', () => {
  const seen = SeenPlaces.of(anyConnection());
  seen.note('a', 'x', placeOf(1));
  seen.note('a', 'y', placeOf(2));
  expect(seen.take('a', 'x')).toEqual(placeOf(1));
  expect(seen.take('a', 'x')).toBe(undefined);
  expect(seen.take('a', 'y')).toEqual(placeOf(2));
});

test('an event of the same id in another queue has a place of its own', () => {
  const seen = SeenPlaces.of(anyConnection());
  seen.note('a', 'x', placeOf(1));
  seen.note('b', 'x', placeOf(2));
  expect([seen.take('b', 'x'), seen.take('a', 'x')]).toEqual([placeOf(2), placeOf(1)]);
});

test('an event that is seen again is remembered where it was seen last, and is counted once', () => {
  const seen = SeenPlaces.of(anyConnection());
  seen.note('a', 'x', placeOf(1));
  seen.note('a', 'x', placeOf(2));
  expect(seen.take('a', 'x')).toEqual(placeOf(2));
  expect(seen.isEmpty).toBe(true);
});

test('it is empty until a place is noted, and again when all places were taken or forgotten', () => {
  const seen = SeenPlaces.of(anyConnection());
  const states = [seen.isEmpty];
  for (const id of ['x', 'y']) seen.note('a', id, placeOf(1));
  for (const id of ['x', 'unknown', 'y']) {
    seen.take('a', id);
    states.push(seen.isEmpty);
  }
  expect(states).toEqual([true, false, false, true]);
  seen.note('a', 'z', placeOf(1));
  seen.clear();
  expect([seen.isEmpty, seen.take('a', 'z')]).toEqual([true, undefined]);
});

test(`${MOST} places have room, and the next one makes room by forgetting all of them`, () => {
  const seen = SeenPlaces.of(anyConnection());
  for (let seq = 1; seq < MOST; seq += 1) seen.note(seq % 2 ? 'a' : 'b', `${seq}`, placeOf(seq));
  expect(seen.hasRoom).toBe(true);
  seen.note('a', 'last', placeOf(MOST));
  expect(seen.hasRoom).toBe(false);
  expect(seen.take('a', '1')).toEqual(placeOf(1));
  expect(seen.hasRoom).toBe(true);
  seen.note('a', 'refill', placeOf(1));
  seen.note('a', 'next', placeOf(2));
  expect(seen.hasRoom).toBe(true);
  expect([seen.take('a', 'last'), seen.take('b', '2')]).toEqual([undefined, undefined]);
  expect(seen.take('a', 'next')).toEqual(placeOf(2));
  expect(seen.isEmpty).toBe(true);
});
