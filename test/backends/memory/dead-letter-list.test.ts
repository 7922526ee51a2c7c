import { expect, test } from 'vitest';
import { DeadLetterList } from '../../../src/backends/memory/dead-letter-list.ts';
import type { DeadLetter } from '../../../src/core/events/message.ts';
import type { LetterStep } from '../../../src/queue/event-store.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

function letterOf(number: number): DeadLetter {
  const death = {
    attempts: 1,
    reason: 'rejected',
    note: null,
    lastError: null,
    diedAt: 0,
  } as const;
  const eventId = String(number);
  return { eventId, channel: 'a', payload: number, metadata: null, createdAt: 0, ...death };
}

function step(given: Partial<LetterStep>): LetterStep {
  return {
    ...{ verb: 'purge', channel: 'a', limit: Number.POSITIVE_INFINITY, selects: () => true },
    ...given,
  };
}

test('dead letter list: does what an array does, over random operations and past its compactions', () => {
  const runtime = new ManualRuntime({ seed: 7 });
  const list = new DeadLetterList();
  let array: number[] = [];
  for (let number = 1; number < 20_000; number += 1) {
    const way = runtime.random();
    if (way < 0.7) {
      list.add(number, letterOf(number));
      array.push(number);
    } else if (way < 0.99 && array.length > 0) {
      expect(list.dropBeyond(array.length)).toBe(false);
      expect(list.dropBeyond(array.length - 1)).toBe(true);
      array.shift();
    } else if (array.length > 0) {
      const after = array[Math.floor(runtime.random() * array.length)] as number;
      const selects = ({ payload }: DeadLetter) => Number(payload) % 2 === 0;
      const { letters } = list.take(step({ after, limit: 3, selects }), 'none');
      const expected = array.filter((one) => one > after && one % 2 === 0).slice(0, 3);
      expect(letters.map(({ payload }) => payload)).toEqual(
        expected.filter((one) => array.indexOf(one) - array.indexOf(after) <= 1_000),
      );
      array = array.filter((one) => !letters.some(({ payload }) => payload === one));
    }
    expect(list.size).toBe(array.length);
    if (number % 997 === 0) {
      const after = array[10] ?? 0;
      const page = list.page(5, after, 'none');
      expect(page.map(({ payload }) => payload)).toEqual(array.slice(11, 16));
      expect(list.page(5, undefined, 'none').map(({ cursor }) => cursor)).toEqual(
        array.slice(0, 5).map(String),
      );
    }
  }
  expect(array.length).toBeGreaterThan(1_024);
});

test('dead letter list: a step takes only letters that code of the user has left', () => {
  const list = new DeadLetterList();
  for (const number of [1, 2, 3]) list.add(number, letterOf(number));
  const selects = () => {
    list.take(step({ selects: ({ payload }) => payload === 2 }), 'none');
    return true;
  };
  const { letters, result } = list.take(step({ selects }), 'none');
  expect(letters.map(({ payload }) => payload)).toEqual([1, 3]);
  expect([result.taken, list.size]).toEqual([['1', '3'], 0]);
});
