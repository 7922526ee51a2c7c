import type { FinalResult } from '../../core/events/event-result.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { type EventInState, isDueAtOnce, stateOf } from './event-state.ts';
import { KeyLines } from './key-lines.ts';

/** The events of a lane that their keys, or other events, hold back. They are in no other place of the lane. */
export class HeldEvents<T extends EventInState> {
  readonly keys: KeyLines<T> = new KeyLines();
  /** By the id of the event that holds them back. */
  readonly dependents: KeyLines<T> = new KeyLines();
  /** Those that were published with a later due time. */
  readonly #later = new Set<T>();

  /** How many keys, and events that hold others back, there are. */
  get size(): number {
    return this.keys.size + this.dependents.size;
  }

  get count(): number {
    return this.keys.heldCount + this.dependents.heldCount;
  }

  *all(): Iterable<T> {
    yield* this.keys.held();
    yield* this.dependents.held();
  }

  /** Those that are not yet due. */
  later(now: number): T[] {
    return [...this.#later].filter((stored) => stateOf(stored).availableAt > now);
  }

  /** Enters a published event, which has a key or waits for another event. Returns whether it is held back. */
  enter(stored: T): boolean {
    const { key, after }: NewEvent = stored.event;
    if (key !== undefined && this.keys.enter(key, stored)) return false;
    if (after) this.dependents.hold(after.eventId, stored);
    if (!isDueAtOnce(stored)) this.#later.add(stored);
    return true;
  }

  /** The event is not held back any more. */
  noteGone(stored: T): void {
    this.#later.delete(stored);
  }

  /** Removes and returns the events that wait for the event of this result. */
  takeDependents(after: FinalResult): T[] {
    const taken = this.dependents.letAllGo(after.eventId);
    for (const stored of taken) stored.event = { ...stored.event, after };
    return taken;
  }

  /** Removes and returns the events that the key holds back. */
  takeOfKey(key: string): T[] {
    const taken = this.keys.takeHeld(key);
    for (const stored of taken) this.noteGone(stored);
    return taken;
  }

  /** Removes an event. Returns whether it was held back. */
  remove(stored: T, orderOf: (stored: T) => number): boolean {
    const { key, after }: NewEvent = stored.event;
    const isHeld =
      key === undefined
        ? after !== undefined && this.dependents.removeHeld(after.eventId, stored, orderOf)
        : this.keys.removeHeld(key, stored, orderOf);
    if (isHeld) this.noteGone(stored);
    return isHeld;
  }
}
