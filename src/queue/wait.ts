import type { Alarm } from './alarm.ts';
import type { Notifier, Subscription } from './notifier.ts';

/**
 * One consumer's wait between two looks: ends at a hint, after a time, or at an abort.
 * A hint that comes before `sleep` is kept, so that none is missed between looking and sleeping.
 */
export class Wait {
  readonly channel: string;
  readonly subscription: Subscription;
  /** How old a look may be while it is not known whose look the next one is; 0 until it has first slept. */
  staleMs = 0;
  /** The consumer has gone with nothing, and come back at once: it will do so again. */
  isResumed = false;
  /** When its consumer was told that there is nothing. */
  leftAt = 0;
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

  sleep(alarm: Alarm, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        alarm.cancel(end);
        this.#end = undefined;
        this.#isHinted = false;
        resolve();
      };
      if (this.#isHinted || ms <= 0) return end();
      this.#end = end;
      alarm.set(end, ms);
    });
  }
}
