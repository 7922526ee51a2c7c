import type { Stop } from '../../../core/runtime/runtime.ts';

interface Watched {
  readonly calls: Set<() => unknown>;
  readonly stop: Stop;
}

/** The watchers of each channel, which are called when its members may have changed. */
export class MemberWatchers {
  readonly #watch: (channel: string) => Stop;
  readonly #watched = new Map<string, Watched>();

  /** `watch` begins to observe the members of a channel. Its result is called when the last watcher has ended. */
  constructor(watch: (channel: string) => Stop) {
    this.#watch = watch;
  }

  add(channel: string, changed: () => unknown): Stop {
    // A function of its own, because the same `changed` can be added twice.
    const call = () => changed();
    const watched = this.#watched.get(channel) ?? { calls: new Set(), stop: this.#watch(channel) };
    this.#watched.set(channel, watched);
    watched.calls.add(call);
    return () => {
      watched.calls.delete(call);
      if (watched.calls.size > 0 || this.#watched.get(channel) !== watched) return;
      this.#watched.delete(channel);
      watched.stop();
    };
  }

  notify(channels: Iterable<string>): void {
    for (const channel of channels)
      for (const call of [...(this.#watched.get(channel)?.calls ?? [])]) call();
  }

  clear(): void {
    this.#watched.clear();
  }
}
