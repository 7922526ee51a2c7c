import type { DueEvents } from '../../queue/due-events.ts';
import type { DueEvent } from '../../queue/due-level.ts';
import type { Heap } from '../../queue/heap.ts';
import type { EventInState } from './event-state.ts';
import type { HeldEvents } from './held-events.ts';

/** The places of a lane. */
interface Places<E extends EventInState & DueEvent> {
  readonly due: DueEvents<E>;
  readonly scheduled: Heap<E>;
  readonly leased: Heap<E>;
  readonly held: HeldEvents<E>;
  /** Its key goes on. */
  end(stored: E): void;
}

const orderOf = ({ order }: DueEvent): number => order;

/** Removes an event, if it waits. Returns whether it does. One that was not held back lets its key go on. */
export function takeOut<E extends EventInState & DueEvent>(stored: E, lane: Places<E>): boolean {
  if (lane.held.remove(stored, orderOf)) return true;
  const { fresh, returned, retries } = lane.due.levelOf(stored);
  const heap = [lane.scheduled, returned, retries].find((one) => one.has(stored));
  heap?.remove(stored);
  const isPlaced = heap !== undefined || fresh.remove(stored, orderOf);
  if (isPlaced) lane.end(stored);
  return isPlaced;
}

/** All stored events, those that are leased included, because they may wait again. */
export function* eventsIn<E extends EventInState & DueEvent>({
  due,
  scheduled,
  leased,
  held,
}: Places<E>): Iterable<E> {
  for (const { places } of due.levels) for (const place of places) yield* place;
  yield* scheduled;
  yield* held.all();
  yield* leased;
}
