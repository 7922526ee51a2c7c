import type { Runtime } from '../core/runtime.ts';

/**
 * One consumer's wait between two looks: ends at a hint, after a time, or at an abort.
 * A hint that comes before `sleep` is kept, so that none is missed between looking and sleeping.
 */
export class Wait {
  #isHinted = false;
  #end: (() => void) | undefined;

  /** A hint: look again. */
  readonly wake = (): void => {
    this.#isHinted = true;
    this.#end?.();
  };

  /** Resolves with whether a hint ended it. */
  sleep(runtime: Runtime, ms: number): Promise<boolean> {
    if (this.#isHinted || ms <= 0) {
      const isHinted = this.#isHinted;
      this.#isHinted = false;
      return Promise.resolve(isHinted);
    }
    return new Promise((resolve) => {
      const stopTimer = runtime.after(ms, () => this.#end?.());
      this.#end = () => {
        const isHinted = this.#isHinted;
        this.#end = undefined;
        this.#isHinted = false;
        stopTimer();
        resolve(isHinted);
      };
    });
  }
}
