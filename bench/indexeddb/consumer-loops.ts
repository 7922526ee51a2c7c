import type { Consumer } from './cycle-queue.ts';

/** Loops that claim and settle. A loop without an event sleeps until an event is published in this tab. */
export class ConsumerLoops implements Consumer {
  readonly #takeOnce: () => Promise<boolean>;
  readonly #ended: Promise<unknown>;
  readonly #sleepers: (() => void)[] = [];
  #isStopped = false;

  /** `takeOnce` claims, handles and acknowledges the due events. It returns whether there were any. */
  constructor(loops: number, takeOnce: () => Promise<boolean>) {
    this.#takeOnce = takeOnce;
    this.#ended = Promise.all(Array.from({ length: loops }, () => this.#loop()));
  }

  wake(events: number): void {
    for (const sleeper of this.#sleepers.splice(0, events)) sleeper();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.wake(this.#sleepers.length);
    await this.#ended;
  }

  async #loop(): Promise<void> {
    while (!this.#isStopped) {
      const found = await this.#takeOnce();
      if (!found && !this.#isStopped)
        await new Promise<void>((resolve) => this.#sleepers.push(resolve));
    }
  }
}
