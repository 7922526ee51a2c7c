import { ignore } from '../../../core/ignore.ts';
import type { PlatformLockManager } from '../../../core/platform-types.ts';
import type { Stop } from '../../../core/runtime.ts';
import type { ByeMessage, HelloMessage } from '../wire/messages.ts';
import type { Roster } from './roster.ts';

/** What is used of the platform's Web Locks: {@link https://w3c.github.io/web-locks/}. */
export type QueryableLocks = Pick<PlatformLockManager, 'request' | 'query'>;

interface HeldLock {
  /** Resolves when it is held, refused or given up. */
  readonly settled: Promise<void>;
  /** Resolves when it is held no longer. */
  readonly released: Promise<unknown>;
  readonly free: AbortController;
}

/** A channel whose changes somebody here waits for. */
interface Attention {
  /** Locks of others whose end this context waits for. */
  readonly awaited: Set<string>;
  /** Withdraws these requests. */
  readonly ending: AbortController;
}

/**
 * Members by Web Locks: each holds one for each of its channels, which names both, so that the platform itself knows
 * who is there, however a context ends. Messages are hints that something changed.
 *
 * Requests for the locks of other members exist only while somebody here watches their channel.
 */
export class LockRoster implements Roster {
  readonly #locks: QueryableLocks;
  readonly #prefix: string;
  readonly #selfId: string;
  readonly #sayHello: () => void;
  readonly #onChange: (channels: Iterable<string>) => void;
  readonly #attended = new Map<string, Attention>();
  readonly #held = new Map<string, HeldLock>();
  /** Resolves when all locks that were given up are free; set from the first on. */
  #released: Promise<unknown> | undefined;
  /** The query that is under way, and the one that follows for all who ask meanwhile. */
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

  attend(channel: string): Stop {
    const ending = new AbortController();
    this.#attended.set(channel, { awaited: new Set(), ending });
    void this.#awaitEnds(channel);
    return () => {
      this.#attended.get(channel)?.ending.abort();
      this.#attended.delete(channel);
    };
  }

  hear({ channels }: HelloMessage | ByeMessage): void {
    this.#onChange(channels);
    for (const channel of channels) void this.#awaitEnds(channel);
  }

  suspend(): void {
    for (const [channel, { ending }] of this.#attended) {
      ending.abort();
      this.#attended.set(channel, { awaited: new Set(), ending: new AbortController() });
    }
    for (const held of this.#held.values()) this.#free(held);
  }

  async resume(): Promise<void> {
    for (const channel of [...this.#held.keys()]) this.#held.set(channel, this.#hold(channel));
    for (const channel of this.#attended.keys()) void this.#awaitEnds(channel);
    this.#onChange(this.#attended.keys());
    await Promise.all([...this.#held.values()].map(({ settled }) => settled));
  }

  /** Resolves when no other context finds this one any more. */
  async close(): Promise<void> {
    this.suspend();
    this.#attended.clear();
    this.#held.clear();
    if (this.#released === undefined) return;
    await this.#released;
    // A lock is free here before other contexts see it; a query comes behind.
    await this.#heldLocks();
  }

  /** A channel's name has no blank in it. */
  #nameOf(channel: string, memberId: string): string {
    return `${this.#prefix}${channel} ${memberId}`;
  }

  /** As of now: what a query that is under way finds may be of before. */
  #heldLocks(): Promise<readonly LockInfo[]> {
    this.#nextQuery ??= this.#query.then(() => {
      this.#nextQuery = undefined;
      // Where they are forbidden, as to a sandboxed frame, nobody else of the origin is there.
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
      const asked = this.#locks.request(
        this.#nameOf(channel, this.#selfId),
        { signal },
        holdUntilFreed,
      );
      // Given up, or forbidden to this context: then it has no company either. What was held is lost where a script of
      // the origin steals it.
      const onRefused = () => {
        if (isHeld && !signal.aborted) void this.#holdAgain(channel);
      };
      released = asked.catch(onRefused).finally(resolve);
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

  /** Shared, so that all who wait for a member's end are told at once. */
  async #awaitEnds(channel: string): Promise<void> {
    const attention = this.#attended.get(channel);
    if (attention === undefined) return;
    const { awaited, ending } = attention;
    for (const memberId of await this.others(channel)) {
      const name = this.#nameOf(channel, memberId);
      if (ending.signal.aborted || awaited.has(name)) continue;
      awaited.add(name);
      const end = () => {
        awaited.delete(name);
        this.#onChange([channel]);
      };
      this.#locks.request(name, { mode: 'shared', signal: ending.signal }, end).catch(ignore);
    }
  }
}
