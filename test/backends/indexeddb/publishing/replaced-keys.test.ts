import { expect, test } from 'vitest';
import {
  replacedKeys,
  resultsOf,
} from '../../../../src/backends/indexeddb/publishing/replaced-keys.ts';
import { newEvent } from '../new-event.ts';

const replaces = 'waiting';

test('the queues are in the order of their names, so that all contexts decide about them in one order', () => {
  const keys = replacedKeys([
    newEvent({ channel: 'b', key: 'x', replaces }),
    newEvent({ channel: 'c', key: 'x', replaces }),
    newEvent({ channel: 'a', key: 'x', replaces }),
    newEvent({ channel: 'b', key: 'y', replaces }),
    newEvent({ channel: 'b', key: 'y', replaces }),
  ]);
  expect([...keys].map(([queue, ofQueue]) => [queue, ...ofQueue])).toEqual([
    ['a', 'x'],
    ['b', 'x', 'y'],
    ['c', 'x'],
  ]);
});

test('only events with both a key and the option replace others', () => {
  expect([...replacedKeys([newEvent({ key: 'x' }), newEvent({ replaces })])]).toEqual([]);
  expect([...replacedKeys([newEvent({ key: '', replaces })]).keys()]).toEqual(['a']);
});

test('a removed event with a retention gets the result that it was cancelled, and another one none', () => {
  const removed = [
    { eventId: 'kept', retentionMs: 500 },
    { eventId: 'zero', retentionMs: 0 },
    { eventId: 'none' },
  ];
  expect(resultsOf('a', removed, 2_000)).toEqual([
    [
      'put',
      'results',
      {
        ...{ v: 1, queue: 'a', eventId: 'kept', until: 2_500 },
        result: { eventId: 'kept', state: 'cancelled', cancelledAt: 2_000 },
      },
    ],
  ]);
});
