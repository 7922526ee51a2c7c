// Covers src/queue/due-events.ts, src/queue/due-level.ts
import { expect, test } from 'vitest';
import type { StoredEvent } from '../../src/backends/memory/lane.ts';
import { DueEvents, inOrderOfDelivery } from '../../src/queue/due-events.ts';
import type { DueEvent } from '../../src/queue/due-level.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

/** The picks of a plain array with the same events, one at a time. */
class Model {
  readonly #events: StoredEvent[] = [];
  #sinceAged = 0;

  add(stored: StoredEvent): void {
    this.#events.push(stored);
  }

  take(): StoredEvent | undefined {
    const priorityOf = ({ event }: StoredEvent) => event.priority ?? 0;
    const byAge = this.#events.toSorted((a, b) => a.order - b.order);
    const byPriority = byAge.toSorted((a, b) => priorityOf(b) - priorityOf(a));
    const isContested = new Set(byAge.map(priorityOf)).size > 1;
    if (isContested) this.#sinceAged = (this.#sinceAged + 1) % 4;
    const taken = isContested && this.#sinceAged === 0 ? byAge[0] : byPriority[0];
    if (taken) this.#events.splice(this.#events.indexOf(taken), 1);
    return taken;
  }
}

for (const seed of [1, 2, 3])
  test(`due events: over random operations they come as from an array (seed ${seed})`, () => {
    const runtime = new ManualRuntime({ seed });
    const chance = (below: number) => Math.floor(runtime.random() * below);
    const due = new DueEvents();
    const model = new Model();
    for (let order = 1; order <= 3_000; order += 1) {
      const priority = [0, 0, undefined, -100, 100, chance(5) - 2][chance(6)];
      const event = { eventId: `${order}`, ...(priority !== undefined && { priority }) };
      const stored = { event, order, heapIndex: 0 } as unknown as StoredEvent;
      const level = due.levelOf(stored);
      (chance(3) === 0 ? level.returned : level.fresh).add(stored);
      model.add(stored);
      for (let count = chance(3); count > 0; count -= 1)
        expect(due.takeNext(1)).toEqual([model.take()].filter(Boolean));
    }
    while (due.size > 0) expect(due.takeNext(1)).toEqual([model.take()]);
    expect(model.take()).toBeUndefined();
  });

function dueOf(events: readonly (readonly [priority: number | undefined, order: number])[]) {
  const due = new DueEvents();
  for (const [priority, order] of events) {
    const stored = { event: priority === undefined ? {} : { priority }, order, heapIndex: 0 };
    due.levelOf(stored).fresh.add(stored);
  }
  return due;
}

const takenFrom = (due: DueEvents<DueEvent>, limit: number) =>
  due.takeNext(limit).map(({ order }) => order);

test('due events: a claim with room for all takes them by priority, then in commit order', () => {
  const due = dueOf([
    [undefined, 1],
    [-5, 2],
    [7, 3],
    [0, 4],
    [7, 5],
    [3, 6],
  ]);
  expect(due.size).toBe(6);
  expect(due.levels.map(({ priority }) => priority)).toEqual([7, 3, 0, -5]);
  expect(takenFrom(due, 6)).toEqual([3, 5, 6, 1, 4, 2]);
  expect([due.size, takenFrom(due, 6)]).toEqual([0, []]);
});

test('due events: of each four places of claims without room for all, one goes to the oldest event', () => {
  const high = Array.from({ length: 20 }, (_, index) => [9, 10 + index] as const);
  const due = dueOf([[0, 1], [0, 2], [-1, 3], ...high]);
  expect(takenFrom(due, 3)).toEqual([10, 11, 12]);
  expect(takenFrom(due, 3)).toEqual([13, 14, 1]);
  expect(takenFrom(due, 8)).toEqual([15, 16, 17, 18, 19, 20, 2, 3]);
  expect(takenFrom(due, 1)).toEqual([21]);
});

test('due events: claims with room for all do not count towards the place of the oldest event', () => {
  const due = dueOf([]);
  const add = (priority: number, order: number) => {
    const stored = { event: { priority }, order, heapIndex: 0 };
    due.levelOf(stored).fresh.add(stored);
  };
  for (let order = 1; order <= 3; order += 1) {
    add(0, order);
    add(1, 10 + order);
    expect(takenFrom(due, 2)).toEqual([10 + order, order]);
  }
  add(0, 4);
  for (const order of [14, 15, 16, 17]) add(1, order);
  expect([1, 1, 1, 1].map((limit) => takenFrom(due, limit)[0])).toEqual([14, 15, 16, 4]);
});

test('inOrderOfDelivery: the highest priority first, where none is 0, and then commit order', () => {
  const event = (order: number, priority?: number) => {
    return { event: priority === undefined ? {} : { priority }, order, heapIndex: 0 };
  };
  const sorted = [
    ...[event(9, 2), event(3, 1), event(8, 1)],
    ...[event(1), event(2, 0), event(4), event(5, 0), event(6)],
    ...[event(7, -1), event(10, -1)],
  ];
  expect(sorted.toReversed().sort(inOrderOfDelivery)).toEqual(sorted);
  for (const [index, one] of sorted.entries())
    for (const [at, other] of sorted.entries())
      expect(Math.sign(inOrderOfDelivery(one, other))).toBe(Math.sign(index - at));
});
