import type { Stop } from '../../core/runtime.ts';

/**
 * What this context is a member of: channels that somebody here has joined and not left, and channels that were
 * dequeued by nobody who had joined, for good.
 */
export class Memberships {
  readonly #holds = new Map<string, number>();
  readonly #kept = new Set<string>();
  readonly #onJoin: (channel: string) => void;
  readonly #onLeave: (channel: string) => void;

  constructor(onJoin: (channel: string) => void, onLeave: (channel: string) => void) {
    this.#onJoin = onJoin;
    this.#onLeave = onLeave;
  }

  has(channel: string): boolean {
    return this.#holds.has(channel) || this.#kept.has(channel);
  }

  get channels(): string[] {
    return [...new Set([...this.#holds.keys(), ...this.#kept])];
  }

  /** Until what it returns was called. */
  join(channel: string): Stop {
    const isNew = !this.has(channel);
    this.#holds.set(channel, (this.#holds.get(channel) ?? 0) + 1);
    if (isNew) this.#onJoin(channel);
    let isHeld = true;
    return () => {
      if (isHeld) this.#leave(channel);
      isHeld = false;
    };
  }

  /** For good, unless somebody holds it: then as long as they do. */
  keep(channel: string): void {
    if (this.has(channel)) return;
    this.#kept.add(channel);
    this.#onJoin(channel);
  }

  clear(): void {
    this.#holds.clear();
    this.#kept.clear();
  }

  #leave(channel: string): void {
    // Cleared meanwhile.
    const count = this.#holds.get(channel);
    if (count === undefined) return;
    if (count > 1) this.#holds.set(channel, count - 1);
    else this.#holds.delete(channel);
    if (!this.has(channel)) this.#onLeave(channel);
  }
}
