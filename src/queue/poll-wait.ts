import { ignore } from '../core/runtime/ignore.ts';
import type { Runtime } from '../core/runtime/runtime.ts';

/**
 * One consumer's sleep between two claims. It ends at a wake-up or after a time. A wake-up that comes while the consumer
 * is awake ends the next sleep at once, so that none is lost between a claim and a sleep.
 */
export class Wait {
  #isWoken = false;
  #end: (() => void) | undefined;

  /** Whether a wake-up has come that no sleep has used. */
  get isWoken(): boolean {
    return this.#isWoken;
  }

  /** Ends the sleep, or the next one. */
  readonly wake = (): void => {
    this.#isWoken = true;
    this.#end?.();
  };

  /** Sets no timer where `ms` is infinite. */
  sleep(clock: Pick<Runtime, 'after'>, ms: number): Promise<void> {
    if (this.#isWoken || ms <= 0) {
      this.#isWoken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const stopTimer =
        ms === Number.POSITIVE_INFINITY ? ignore : clock.after(ms, () => this.#end?.());
      this.#end = () => {
        this.#end = undefined;
        this.#isWoken = false;
        stopTimer();
        resolve();
      };
    });
  }
}
