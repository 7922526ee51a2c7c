import { expect, test } from 'vitest';
import { splitCommit } from '../../../../src/backends/indexeddb/publishing/split-commit.ts';
import type { NewEvent } from '../../../../src/queue/event-store.ts';
import { newEvent } from '../new-event.ts';

const later = { delayMs: 5 };

function named(...events: readonly Partial<NewEvent>[]): NewEvent[] {
  return events.map((event, index) => newEvent({ eventId: `${index}`, ...event }));
}

function idsOf(events: readonly NewEvent[]): readonly (readonly string[])[] {
  const { placed, own, superseded } = splitCommit(events);
  return [placed, own, superseded].map((some) => some.map(({ eventId }) => eventId));
}

test('events that are due at once go to segments, and those that wait get rows of their own', () => {
  expect(idsOf(named({}, {}))).toEqual([['0', '1'], [], []]);
  expect(idsOf(named({}, later, { priority: 3 }, { availableAt: 9 }, { delayMs: 0 }))).toEqual([
    ['0', '4'],
    ['1', '2', '3'],
    [],
  ]);
});

test('the later events of a key follow one with a row of its own, and neither earlier ones nor other keys do', () => {
  const events = named(
    { key: 'k' },
    { key: 'k', ...later },
    { key: 'k' },
    { key: 'other' },
    { key: 'k', channel: 'b' },
    {},
  );
  expect(idsOf(events)).toEqual([['0', '3', '4', '5'], ['1', '2'], []]);
});

test('events without a key never follow one another', () => {
  expect(idsOf(named(later, {}, later, {}))).toEqual([['1', '3'], ['0', '2'], []]);
});

test('an event replaces the earlier ones of its key and channel, also one that replaced others, and no later one', () => {
  const replaces = { key: 'k', replaces: 'waiting' } as const;
  const events = named(
    { key: 'k' },
    replaces,
    { key: 'k' },
    { key: 'other' },
    { key: 'k', channel: 'b' },
    {},
    replaces,
    { key: 'k' },
  );
  expect(idsOf(events)).toEqual([
    ['3', '4', '5'],
    ['6', '7'],
    ['0', '1', '2'],
  ]);
});

test('events of a key that no event replaces are all stored', () => {
  const events = named({ key: 'k' }, { key: 'k' }, { key: 'x', replaces: 'waiting' });
  expect(idsOf(events)).toEqual([['0', '1'], ['2'], []]);
});
