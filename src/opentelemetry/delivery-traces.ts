import type { DeliveryTrace } from './trace-context.ts';

/** Most deliveries that are remembered. Those that lose their lease are never settled, so the oldest are dropped. */
const MOST = 10_000;

/** The traces of the deliveries that a backend has not settled, because a settlement names its event only. */
export class DeliveryTraces {
  readonly #traces = new Map<string, DeliveryTrace>();

  add(queue: string, eventId: string, trace: DeliveryTrace): void {
    const name = nameOf(queue, eventId);
    // The newest delivery of an event is the last, also if it was there before.
    this.#traces.delete(name);
    this.#traces.set(name, trace);
    if (this.#traces.size <= MOST) return;
    for (const oldest of this.#traces.keys()) {
      this.#traces.delete(oldest);
      break;
    }
  }

  get(queue: string | undefined, eventId: string): DeliveryTrace | undefined {
    return queue === undefined ? undefined : this.#traces.get(nameOf(queue, eventId));
  }

  /** Keeps the trace of a newer delivery. */
  forget(queue: string | undefined, eventId: string, trace: DeliveryTrace | undefined): void {
    if (queue === undefined || this.get(queue, eventId) !== trace) return;
    this.#traces.delete(nameOf(queue, eventId));
  }
}

/** No queue has a space in its name. */
function nameOf(queue: string, eventId: string): string {
  return `${queue} ${eventId}`;
}
