// Covers src/queue/due-events.ts, src/queue/due-level.ts
import { expect, test } from 'vitest';
import type { StoredEvent } from '../../src/backends/memory/lane.ts';
import { DueEvents } from '../../src/queue/due-events.ts';
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
