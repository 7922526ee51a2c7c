const TICK_MS = 20;
/** A tick that is later than this is a stall. */
const TOLERANCE_MS = 30;

/** Adds up the time in which its context did not run: frozen, stopped, cached or without a processor. */
export class StallClock {
  #lastTick = Date.now();
  #stalledMs = 0;

  constructor() {
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** All stalls so far, with the one that has not been ticked yet. */
  get totalMs(): number {
    return this.#stalledMs + lateness(this.#lastTick);
  }

  #tick(): void {
    this.#stalledMs += lateness(this.#lastTick);
    this.#lastTick = Date.now();
  }
}

function lateness(lastTick: number): number {
  const late = Date.now() - lastTick - TICK_MS;
  return late > TOLERANCE_MS ? late : 0;
}
