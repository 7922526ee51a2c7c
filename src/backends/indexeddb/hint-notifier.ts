import type { ObserverEvent } from '../../core/observer.ts';
import type { Runtime } from '../../core/runtime.ts';
import type { Locks } from '../../platform/locks.ts';
import { MOST_PATIENCE, type Notifier, type Subscription } from '../../queue/notifier.ts';
import { HintWire } from './hint-wire.ts';
import { ROW_VERSION } from './schema.ts';
import { Turns } from './turns.ts';

/** No channel's name: its turn goes to whoever of all contexts came first. */
const FIRST = '';

/** One consumer that waits. */
interface Sleeper {
  readonly wake: () => void;
  isResting: boolean;
}

/** Knows one channel, and is told what may have changed that. */
export interface Hearer {
  /** What is known may no longer be so. */
  doubt(): void;
  /** Another context has added something, or something waits again; also told where nobody waits. */
  expect(): void;
  /** Another context has looked, and there was nothing. */
  noteNothing(): void;
  /** Another context has lost a claim to somebody: perhaps to this one. */
  noteRivals(): void;
}

/** The store, as far as hints concern it. */
export interface HintListener {
  hearerOf(channel: string): Hearer | undefined;
  report(event: ObserverEvent): void;
}

/**
 * Hints to all contexts of the origin. Of those that are idle one follows them, see turns.ts: the consumers of
 * the others look when the turn comes to them, or at their next poll. Whoever leads looks, tells the others where there
 * was nothing, so that they need not, and passes the turn on when the next look is due: so the looks go round.
 */
export class HintNotifier implements Notifier {
  readonly #listener: HintListener;
  readonly #wire: HintWire;
  readonly #turns: Turns;
  readonly #sleepers = new Map<string, Set<Sleeper>>();
  #isSuspended = false;
  /** Differs from context to context, so that they do not all look at once. */
  readonly #patience: number;

  constructor(
    database: string,
    locks: Locks | undefined,
    runtime: Runtime,
    listener: HintListener,
  ) {
    this.#patience = MOST_PATIENCE - (runtime.random() * (MOST_PATIENCE - 1)) / 4;
    const name = `ackline:${database}`;
    this.#listener = listener;
    this.#turns = new Turns(locks, `${name}:turn:`, (channel) => this.#wake(channel));
    const isFirst = () => this.#turns.has(FIRST);
    this.#wire = new HintWire(name, isFirst, (hint) => {
      if (!hint) listener.report({ type: 'hint-ignored', reason: 'not a hint of a known version' });
      else if (hint.rivals) this.#tell(hint.channels, 'noteRivals');
      else if (hint.nothing === undefined) this.#hearNews(hint.channels);
      else if (hint.nothing >= ROW_VERSION) this.#hearNothing(hint.channels);
    });
  }

  /** Hears from now on, and is heard: not before, since it takes a while to set up. */
  open(): void {
    if (this.#isSuspended) return;
    this.#wire.open();
    this.#turns.take(FIRST);
    this.#wire.sayHello();
  }

  notify(channels: Iterable<string>): void {
    const names = [...channels];
    this.#follow(names);
    this.#wire.post(names);
  }

  /** As if there had been a hint, for what only this context knows; what was seen of the channels may no longer be so. */
  hear(channels: Iterable<string>): void {
    const names = [...channels];
    this.#tell(names, 'doubt');
    this.#follow(names);
  }

  /** This context has looked at the channel, and there was nothing. */
  tellNothing(channel: string): void {
    this.#wire.postNothing(channel);
    this.#turns.spend(channel);
  }

  /** This context has lost a claim to another, which may not have noticed. */
  tellRivals(channel: string): void {
    this.#wire.postRivals(channel);
  }

  subscribe(channel: string, wake: () => void): Subscription {
    const sleeper: Sleeper = { wake, isResting: false };
    const sleepers = this.#sleepers.get(channel) ?? new Set();
    this.#sleepers.set(channel, sleepers.add(sleeper));
    return {
      rest: (isStale) => {
        sleeper.isResting = true;
        if (isStale) this.#turns.pass(channel);
        return this.#turns.take(channel) ? 1 : this.#patience;
      },
      stop: () => this.#stop(channel, sleeper),
    };
  }

  /** Everybody looks again, whoever leads. */
  wakeAll(): void {
    const channels = [...this.#sleepers.keys()];
    this.#tell(channels, 'doubt');
    for (const channel of channels) this.#wake(channel);
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

  #hearNews(channels: readonly string[]): void {
    this.#tell(channels, 'expect');
    this.#follow(channels);
  }

  /** Whoever leads goes by his own looks. */
  #hearNothing(channels: readonly string[]): void {
    this.#tell(
      channels.filter((channel) => !this.#turns.leads(channel)),
      'noteNothing',
    );
  }

  #tell(channels: readonly string[], what: keyof Hearer): void {
    for (const channel of channels) this.#listener.hearerOf(channel)?.[what]();
  }

  #follow(channels: Iterable<string>): void {
    for (const channel of channels) if (this.#turns.leads(channel)) this.#wake(channel);
  }

  /** Those whom the store has nothing new to tell go on sleeping. */
  #wake(channel: string): void {
    for (const { wake } of [...(this.#sleepers.get(channel) ?? [])]) wake();
  }

  #stop(channel: string, sleeper: Sleeper): void {
    const sleepers = this.#sleepers.get(channel);
    if (!sleepers?.delete(sleeper)) return;
    const isCrowdHere = [...sleepers].some(({ isResting }) => isResting);
    if (!isCrowdHere) this.#turns.leave(channel);
    if (sleepers.size === 0) this.#sleepers.delete(channel);
  }
}
