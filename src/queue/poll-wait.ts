import { ignore } from '../core/ignore.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Notifier, Subscription } from './notifier.ts';

/**
 * One consumer's wait between two looks: ends at a hint, after a time, or at an abort.
 * A hint that comes before `sleep` is kept, so that none is missed between looking and sleeping.
 */
export class Wait {
  readonly channel: string;
  readonly subscription: Subscription;
  /** When its consumer went with nothing. */
  leftAt = 0;
  /** It came back at once, and will do so again. */
  isResumed = false;
  #isHinted = false;
  #end: (() => void) | undefined;

  constructor(channel: string, notifier: Notifier) {
    this.channel = channel;
    this.subscription = notifier.subscribe(channel, this.wake);
  }

  /** A hint: look again. */
  readonly wake = (): void => {
    this.#isHinted = true;
    this.#end?.();
  };

  /** Infinite `ms` take no timer. */
  sleep(clock: Pick<Runtime, 'after'>, ms: number): Promise<void> {
    if (this.#isHinted || ms <= 0) {
      this.#isHinted = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const stopTimer =
        ms === Number.POSITIVE_INFINITY ? ignore : clock.after(ms, () => this.#end?.());
      this.#end = () => {
        this.#end = undefined;
        this.#isHinted = false;
        stopTimer();
        resolve();
      };
    });
  }
}
