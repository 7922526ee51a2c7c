import type { Stop } from '../../../core/runtime/runtime.ts';
import type { ChangeWatch } from '../../../queue/notifier.ts';
import type { Hint } from './hint-channel.ts';

/** Requests of other contexts that are remembered. Any script of the origin can post them. */
const MAX_REQUESTS = 1_000;

/**
 * Reports changes of channels to the watchers of this context and of others.
 *
 * A claim or a settlement sends no hint, so a watcher asks the other contexts to report the next change of its channel, before
 * each of its reads. A context that was asked posts one message at its next change, and is then asked again. So a context that
 * ends, or is frozen, leaves at most one message too many behind, and nothing is sent for a channel that no context watches.
 */
export class ChangeFeed {
  readonly #post: (fields: Partial<Hint>) => void;
  readonly #watchers = new Map<string, Set<() => void>>();
  /** The channels whose next change another context has asked for. */
  readonly #requests = new Set<string>();

  constructor(post: (fields: Partial<Hint>) => void) {
    this.#post = post;
  }

  /** Whether a watcher of this context watches. */
  get isUsed(): boolean {
    return this.#watchers.size > 0;
  }

  watch(channel: string, onChange: () => void): ChangeWatch {
    const watchers = this.#watchers.get(channel) ?? new Set();
    this.#watchers.set(channel, watchers.add(onChange));
    const stop: Stop = () => {
      watchers.delete(onChange);
      if (watchers.size === 0) this.#watchers.delete(channel);
    };
    return { next: () => this.#post({ watched: [channel] }), stop };
  }

  /** This context has changed the channel. */
  note(channel: string): void {
    this.#call([channel]);
    if (this.#requests.delete(channel)) this.#post({ changed: [channel] });
  }

  /** Any channel may have changed. */
  noteAll(): void {
    this.#call(this.#watchers.keys());
  }

  /** A message of another context has come. One that names no channel shows that the context has begun: it must be asked, too. */
  receive({ channels, watched, changed }: Hint): void {
    for (const channel of watched ?? [])
      if (this.#requests.size < MAX_REQUESTS) this.#requests.add(channel);
    if (changed) this.#call(changed);
    else if (channels.length > 0) this.#call(channels);
    else if (!watched) this.noteAll();
  }

  #call(channels: Iterable<string>): void {
    if (!this.isUsed) return;
    for (const channel of [...channels])
      for (const onChange of [...(this.#watchers.get(channel) ?? [])]) onChange();
  }
}
