import type { Stop } from '../../core/runtime/runtime.ts';
import { watchOnline } from '../../platform/page-lifecycle.ts';

/** Calls `onOnline` once when the network is back, after each `start`. */
export class OnlineWatch {
  readonly #onOnline: () => void;
  #stop: Stop | undefined;

  constructor(onOnline: () => void) {
    this.#onOnline = onOnline;
  }

  start(): void {
    this.#stop ??= watchOnline(() => {
      this.stop();
      this.#onOnline();
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
