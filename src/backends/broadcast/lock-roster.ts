import { ignore } from '../../core/ignore.ts';
import type { PlatformLockManager } from '../../core/platform-types.ts';
import type { ByeMessage, HelloMessage } from './messages.ts';
import type { Roster } from './roster.ts';

/** What is used of the platform's Web Locks: {@link https://w3c.github.io/web-locks/}. */
export type QueryableLocks = Pick<PlatformLockManager, 'request' | 'query'>;

interface HeldLock {
  /** Resolves when it is held, refused or given up. */
  readonly settled: Promise<void>;
  readonly free: AbortController;
}

/**
 * Members by Web Locks: each holds one for each of its channels, which names both, so that the platform itself knows
 * who is there, however a context ends. Messages are hints that something changed.
 */
export class LockRoster implements Roster {
  readonly #locks: QueryableLocks;
  readonly #prefix: string;
  readonly #selfId: string;
  readonly #onChange: (channels: Iterable<string>) => void;
  readonly #attended = new Set<string>();
  readonly #held = new Map<string, HeldLock>();
  /** Locks of others whose end this context waits for. */
  readonly #awaited = new Set<string>();
  #ending = new AbortController();

  constructor(
    locks: QueryableLocks,
    prefix: string,
    selfId: string,
    onChange: (channels: Iterable<string>) => void,
  ) {
    this.#locks = locks;
    this.#prefix = prefix;
    this.#selfId = selfId;
    this.#onChange = onChange;
  }

  join(channel: string): Promise<void> {
    const held = this.#held.get(channel) ?? this.#hold(channel);
    this.#held.set(channel, held);
    return held.settled;
  }

  leave(channel: string): void {
    this.#held.get(channel)?.free.abort();
    this.#held.delete(channel);
  }

  async others(channel: string): Promise<string[]> {
    const prefix = this.#nameOf(channel, '');
    // Where they are forbidden, as to a sandboxed frame, nobody else of the origin is there.
    const { held = [] } = await this.#locks.query().catch((): LockManagerSnapshot => ({}));
    return held
      .filter(({ mode, name }) => mode === 'exclusive' && name?.startsWith(prefix))
      .map(({ name }) => (name as string).slice(prefix.length))
      .filter((memberId) => memberId !== this.#selfId);
  }

  attend(channel: string): void {
    this.#attended.add(channel);
    void this.#awaitEnds(channel);
  }

  hear({ channels }: HelloMessage | ByeMessage): void {
    this.#onChange(channels);
    for (const channel of channels) void this.#awaitEnds(channel);
  }

  suspend(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#awaited.clear();
    for (const { free } of this.#held.values()) free.abort();
  }

  async resume(): Promise<void> {
    for (const channel of [...this.#held.keys()]) this.#held.set(channel, this.#hold(channel));
    for (const channel of this.#attended) void this.#awaitEnds(channel);
    this.#onChange(this.#attended);
    await Promise.all([...this.#held.values()].map(({ settled }) => settled));
  }

  close(): void {
    this.suspend();
    this.#held.clear();
  }

  /** A channel's name has no blank in it. */
  #nameOf(channel: string, memberId: string): string {
    return `${this.#prefix}${channel} ${memberId}`;
  }

  #hold(channel: string): HeldLock {
    const free = new AbortController();
    const { signal } = free;
    const settled = new Promise<void>((resolve) => {
      const holdUntilFreed = async () =>
        new Promise<void>((release) => {
          if (signal.aborted) return release();
          signal.addEventListener('abort', () => release());
          resolve();
        });
      const asked = this.#locks.request(
        this.#nameOf(channel, this.#selfId),
        { signal },
        holdUntilFreed,
      );
      // Given up, or forbidden to this context: then it has no company either.
      asked.catch(ignore).finally(resolve);
    });
    return { settled, free };
  }

  /** Shared, so that all who wait for a member's end are told at once. */
  async #awaitEnds(channel: string): Promise<void> {
    if (!this.#attended.has(channel)) return;
    const { signal } = this.#ending;
    for (const memberId of await this.others(channel)) {
      const name = this.#nameOf(channel, memberId);
      if (signal.aborted || this.#awaited.has(name)) continue;
      this.#awaited.add(name);
      const end = () => {
        this.#awaited.delete(name);
        this.#onChange([channel]);
      };
      this.#locks.request(name, { mode: 'shared', signal }, end).catch(ignore);
    }
  }
}
