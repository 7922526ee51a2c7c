import type { ObserverEvent } from '../../core/observer.ts';
import type { Locks } from '../../platform/locks.ts';
import type { Notifier, Subscription } from '../../queue/notifier.ts';
import { HintWire } from './hint-wire.ts';
import { Turns } from './turns.ts';

/** One consumer that waits. */
interface Sleeper {
  readonly wake: () => void;
  isResting: boolean;
  /** It is to look again when its context's turn comes. */
  isOwed: boolean;
}

/**
 * Hints to all contexts of the origin. Of those that are idle one follows them, see turns.ts: the consumers of
 * the others note that there was a hint, and look when the turn comes to them or at their next poll.
 */
export class HintNotifier implements Notifier {
  readonly #wire: HintWire;
  readonly #turns: Turns;
  readonly #sleepers = new Map<string, Set<Sleeper>>();
  #isSuspended = false;

  /** `onHint` is told of the hints of other contexts, also where nobody waits. */
  constructor(
    database: string,
    locks: Locks | undefined,
    onHint: (channels: readonly string[]) => void,
    report: (event: ObserverEvent) => void,
  ) {
    const name = `ackline:${database}`;
    this.#turns = new Turns(locks, `${name}:turn:`, (channel) => this.#payOwed(channel));
    this.#wire = new HintWire(
      name,
      (channels) => {
        onHint(channels);
        this.hear(channels);
      },
      () => report({ type: 'hint-ignored', reason: 'not a hint of a known version' }),
    );
  }

  /** Hears from now on, and is heard: not before, since it takes a while to set up. */
  open(): void {
    if (!this.#isSuspended) this.#wire.open();
  }

  notify(channels: Iterable<string>): void {
    const names = [...channels];
    this.hear(names);
    this.#wire.post(names);
  }

  /** As if a hint had come: for what only this context knows. */
  hear(channels: Iterable<string>): void {
    for (const channel of channels) {
      const leads = this.#turns.leads(channel);
      for (const sleeper of [...(this.#sleepers.get(channel) ?? [])]) {
        sleeper.isOwed = !leads;
        if (leads) sleeper.wake();
      }
    }
  }

  subscribe(channel: string, wake: () => void): Subscription {
    const sleeper: Sleeper = { wake, isResting: false, isOwed: false };
    const sleepers = this.#sleepers.get(channel) ?? new Set();
    this.#sleepers.set(channel, sleepers.add(sleeper));
    return {
      rest: (knowsDue) => this.#rest(channel, sleeper, knowsDue),
      stop: () => this.#leave(channel, sleeper),
    };
  }

  /** Everybody looks again, whoever leads. */
  wakeAll(): void {
    for (const sleepers of this.#sleepers.values()) for (const { wake } of [...sleepers]) wake();
  }

  /** Hears nothing, and leads nobody. */
  suspend(): void {
    this.#isSuspended = true;
    this.#wire.close();
    this.#turns.leaveAll();
  }

  resume(): void {
    this.#isSuspended = false;
    this.open();
    this.wakeAll();
  }

  close(): void {
    this.suspend();
  }

  #rest(channel: string, sleeper: Sleeper, knowsDue: boolean): boolean {
    sleeper.isResting = true;
    const leads = this.#turns.take(channel);
    if (leads && sleeper.isOwed) sleeper.wake();
    sleeper.isOwed = !leads && (sleeper.isOwed || knowsDue);
    return leads;
  }

  /** The turn has come. */
  #payOwed(channel: string): void {
    for (const sleeper of [...(this.#sleepers.get(channel) ?? [])]) {
      if (sleeper.isOwed) sleeper.wake();
      sleeper.isOwed = false;
    }
  }

  #leave(channel: string, sleeper: Sleeper): void {
    const sleepers = this.#sleepers.get(channel);
    if (!sleepers?.delete(sleeper)) return;
    const isCrowdHere = [...sleepers].some(({ isResting }) => isResting);
    if (!isCrowdHere) this.#turns.leave(channel);
    if (sleepers.size === 0) this.#sleepers.delete(channel);
  }
}
