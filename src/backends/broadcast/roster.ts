import type { Stop } from '../../core/runtime.ts';
import type { ByeMessage, HelloMessage } from './messages.ts';

/** Tells who receives the events of a channel. Nobody who is told of rises by it: it decides whom a publisher waits for. */
export interface Roster {
  /** This context is a member of `channel`; resolves when others can find it. Never rejects. */
  join(channel: string): Promise<void>;
  leave(channel: string): void;
  /** The ids of the other members. Never rejects. */
  others(channel: string): Promise<string[]>;
  /** Calls `changed` when the members of `channel` may be others than before, until it is stopped. */
  watch(channel: string, changed: () => void): Stop;
  hear(message: HelloMessage | ByeMessage): void;
  /** From now on this context is found by nobody, until it resumes. */
  suspend(): void;
  /** Resolves when others can find this context again. */
  resume(): Promise<void>;
  close(): void;
}

/** Who wants to know of changes, by channel. */
export class RosterWatchers {
  readonly #watchers = new Map<string, Set<() => void>>();

  add(channel: string, changed: () => void): Stop {
    const own = () => changed();
    const watchers = this.#watchers.get(channel) ?? new Set();
    this.#watchers.set(channel, watchers.add(own));
    return () => {
      watchers.delete(own);
      if (watchers.size === 0 && this.#watchers.get(channel) === watchers)
        this.#watchers.delete(channel);
    };
  }

  get channels(): string[] {
    return [...this.#watchers.keys()];
  }

  tell(channels: Iterable<string>): void {
    for (const channel of channels)
      for (const changed of [...(this.#watchers.get(channel) ?? [])]) changed();
  }
}
