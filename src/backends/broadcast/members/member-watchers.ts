import type { Stop } from '../../../core/runtime.ts';

interface Watched {
  readonly calls: Set<() => unknown>;
  /** Ends the attention to the channel. */
  readonly stop: Stop;
}

/** Calls that are to be made when the members of a channel may have changed. A channel that nobody watches costs nothing. */
export class MemberWatchers {
  readonly #attend: (channel: string) => Stop;
  readonly #watched = new Map<string, Watched>();

  /** `attend`: changes of the channel are waited for, until what it returns was called. */
  constructor(attend: (channel: string) => Stop) {
    this.#attend = attend;
  }

  add(channel: string, changed: () => unknown): Stop {
    // Not `changed` itself: it may watch twice.
    const call = () => changed();
    const watched = this.#watched.get(channel) ?? { calls: new Set(), stop: this.#attend(channel) };
    this.#watched.set(channel, watched);
    watched.calls.add(call);
    return () => {
      watched.calls.delete(call);
      if (watched.calls.size > 0 || this.#watched.get(channel) !== watched) return;
      this.#watched.delete(channel);
      watched.stop();
    };
  }

  tell(channels: Iterable<string>): void {
    for (const channel of channels)
      for (const call of [...(this.#watched.get(channel)?.calls ?? [])]) call();
  }

  clear(): void {
    this.#watched.clear();
  }
}
