import { ignore } from '../../../core/runtime/ignore.ts';
import type { PlatformLockManager } from '../../../core/runtime/platform-types.ts';
import type { Stop } from '../../../core/runtime/runtime.ts';
import type { ByeMessage, HelloMessage } from '../wire/messages.ts';
import type { Roster } from './roster.ts';

/** The part of the platform's Web Locks that the roster uses: {@link https://w3c.github.io/web-locks/}. */
export type QueryableLocks = Pick<PlatformLockManager, 'request' | 'query'>;

interface HeldLock {
  /** Resolves when the lock is held or refused, or its request was withdrawn. */
  readonly settled: Promise<void>;
  /** Resolves when the lock is not held any more. */
  readonly released: Promise<unknown>;
  readonly free: AbortController;
}

/** A channel whose members are watched. */
interface WatchedChannel {
  /** Locks of members that this context has requested: each request is granted when its member ends. */
  readonly awaited: Set<string>;
  /** Withdraws these requests. */
  readonly stop: AbortController;
}

/**
 * Finds members by Web Locks. Each member holds one lock for each of its channels, whose name has the channel and the
 * member. So the platform knows the members, however a context ends. Messages are hints that members have changed.
 *
 * Invariant: this context requests the locks of other members only of the channels that are watched.
 */
export class LockRoster implements Roster {
  readonly #locks: QueryableLocks;
  readonly #prefix: string;
  readonly #selfId: string;
  readonly #sayHello: () => void;
  readonly #onChange: (channels: Iterable<string>) => void;
  readonly #watched = new Map<string, WatchedChannel>();
  readonly #held = new Map<string, HeldLock>();
  /** Resolves when all locks that this context has released are free. Set by the first release. */
  #released: Promise<unknown> | undefined;
  /** The query in progress, and the next one, which all later callers share. */
  #query: Promise<readonly LockInfo[]> = Promise.resolve([]);
  #nextQuery: Promise<readonly LockInfo[]> | undefined;

  constructor(
    locks: QueryableLocks,
    prefix: string,
    selfId: string,
    sayHello: () => void,
    onChange: (channels: Iterable<string>) => void,
  ) {
    this.#locks = locks;
    this.#prefix = prefix;
    this.#selfId = selfId;
    this.#sayHello = sayHello;
    this.#onChange = onChange;
  }

  join(channel: string): Promise<void> {
    const held = this.#held.get(channel) ?? this.#hold(channel);
    this.#held.set(channel, held);
    return held.settled;
  }

  leave(channel: string): void {
    const held = this.#held.get(channel);
    if (held) this.#free(held);
    this.#held.delete(channel);
  }

  async others(channel: string): Promise<string[]> {
    const prefix = this.#nameOf(channel, '');
    return (await this.#heldLocks())
      .filter(({ mode, name }) => mode === 'exclusive' && name?.startsWith(prefix))
      .map(({ name }) => (name as string).slice(prefix.length))
      .filter((memberId) => memberId !== this.#selfId);
  }

  watch(channel: string): Stop {
    const stop = new AbortController();
    this.#watched.set(channel, { awaited: new Set(), stop });
    void this.#requestOthers(channel);
    return () => {
      this.#watched.get(channel)?.stop.abort();
      this.#watched.delete(channel);
    };
  }

  receive({ channels }: HelloMessage | ByeMessage): void {
    this.#onChange(channels);
    for (const channel of channels) void this.#requestOthers(channel);
  }

  suspend(): void {
    for (const { stop } of this.#watched.values()) stop.abort();
    for (const held of this.#held.values()) this.#free(held);
  }

  async resume(): Promise<void> {
    for (const [channel, held] of [...this.#held]) {
      // A page can join a channel between its `freeze` and its `resume` event.
      this.#free(held);
      this.#held.set(channel, this.#hold(channel));
    }
    for (const channel of this.#watched.keys()) this.watch(channel);
    this.#onChange(this.#watched.keys());
    await Promise.all([...this.#held.values()].map(({ settled }) => settled));
  }

  async close(): Promise<void> {
    this.suspend();
    this.#watched.clear();
    this.#held.clear();
    if (this.#released === undefined) return;
    await this.#released;
    // The platform releases a lock here before other contexts see it. A query comes back after they do.
    await this.#heldLocks();
  }

  /** The name of a channel has no blank in it. */
  #nameOf(channel: string, memberId: string): string {
    return `${this.#prefix}${channel} ${memberId}`;
  }

  /** The locks that are held now. A query in progress may have an older answer, so another one follows. */
  #heldLocks(): Promise<readonly LockInfo[]> {
    this.#nextQuery ??= this.#query.then(() => {
      this.#nextQuery = undefined;
      // A sandboxed frame may not query locks. It has no other context of its origin either.
      this.#query = this.#locks.query().then(
        ({ held = [] }) => held,
        () => [],
      );
      return this.#query;
    });
    return this.#nextQuery;
  }

  #hold(channel: string): HeldLock {
    const free = new AbortController();
    const { signal } = free;
    let released: Promise<unknown> = Promise.resolve();
    let isHeld = false;
    const settled = new Promise<void>((resolve) => {
      const holdUntilFreed = () =>
        new Promise<void>((release) => {
          if (signal.aborted) return release();
          signal.addEventListener('abort', () => release());
          isHeld = true;
          resolve();
        });
      const requested = this.#locks.request(
        this.#nameOf(channel, this.#selfId),
        { signal },
        holdUntilFreed,
      );
      // The request was withdrawn, or the context may not use locks. A lock that was held is lost when a script of the
      // origin steals it.
      const onRefused = () => {
        if (isHeld && !signal.aborted) void this.#holdAgain(channel);
      };
      released = requested.catch(onRefused).finally(resolve);
    });
    return { settled, released, free };
  }

  async #holdAgain(channel: string): Promise<void> {
    const held = this.#hold(channel);
    this.#held.set(channel, held);
    await held.settled;
    this.#sayHello();
  }

  #free({ free, released }: HeldLock): void {
    free.abort();
    this.#released = Promise.all([this.#released, released]);
  }

  /** Requests the locks of all members. The mode is shared, so that all contexts that wait for a lock are granted it at once. */
  async #requestOthers(channel: string): Promise<void> {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    const { awaited, stop } = watched;
    for (const memberId of await this.others(channel)) {
      const name = this.#nameOf(channel, memberId);
      if (stop.signal.aborted || awaited.has(name)) continue;
      awaited.add(name);
      const end = () => {
        awaited.delete(name);
        this.#onChange([channel]);
      };
      this.#locks.request(name, { mode: 'shared', signal: stop.signal }, end).catch(ignore);
    }
  }
}
