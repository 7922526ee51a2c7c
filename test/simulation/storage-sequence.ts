import { Random } from './random.ts';
import {
  type Action,
  type PlannedOpening,
  type PlannedTransaction,
  type Sequence,
  STORES,
} from './storage-actions.ts';
import { RequestMaker } from './storage-requests.ts';

/**
 * Draws what the IndexedDB backend does, and what can happen to it: the kinds of stores, keys and indexes of schema/upgrade.ts;
 * the requests, all issued in one task, and the endings of database/transactions.ts; openings, upgrades and deletions.
 *
 * What the backend never does is left out: requests in a later task than their transaction, `abort()` in an error handler,
 * `objectStore()` or `continue()` after `commit()`, `close()` in an upgrade, deletion of stores and indexes, `clear()`, unique
 * indexes over old rows. If a request fails after `commit()` and is not the last, Firefox commits the other requests, so only the
 * last one may fail then. `preventDefault()` is not called then, because Chromium aborts nevertheless. A cursor goes on only after
 * the last request, because Firefox reads ahead.
 */
export function drawSequence(seed: number): Sequence {
  return new SequenceMaker(new Random(seed), isOneContext(seed) ? 4 : 1, seed % 4 === 1).make();
}

/**
 * Whether all connections of a sequence belong to one context. A burst may open and delete several times then: nothing fixes the
 * order in which storage is asked by several contexts.
 */
export function isOneContext(seed: number): boolean {
  return seed % 2 === 0;
}

class SequenceMaker {
  readonly #random: Random;
  #version = 0;
  #openings = 0;
  #live: number[] = [];
  readonly #closed: number[] = [];
  readonly #requests: RequestMaker;
  readonly #mostOpenings: number;
  /** A connection ignores `versionchange`. It is the only one: Firefox may fire no `blocked` if another closes meanwhile. */
  readonly #isIgnoring: boolean;

  constructor(random: Random, mostOpenings: number, isIgnoring: boolean) {
    this.#isIgnoring = isIgnoring;
    this.#random = random;
    this.#requests = new RequestMaker(random);
    this.#mostOpenings = mostOpenings;
  }

  make(): Sequence {
    const bursts: Action[][] = [];
    const count = this.#random.whole(4, 8);
    while (bursts.length < count) bursts.push(this.#burst());
    return bursts;
  }

  #burst(): Action[] {
    const random = this.#random;
    if (this.#live.length === 0) return [this.#opening(Math.max(1, this.#version))];
    const actions: Action[] = [];
    for (let left = random.whole(1, 5); left > 0; left -= 1)
      actions.push(this.#transaction(random.pick(this.#live)));
    if (this.#closed.length > 0 && random.chance(0.2))
      actions.push(this.#transaction(random.pick(this.#closed)));
    if (random.chance(0.2)) actions.unshift(...this.#reuse());
    if (!this.#isIgnoring && random.chance(0.2)) actions.push(this.#closing());
    const chances = [this.#isIgnoring ? 0 : 0.3, 0.2, 0.1, 0.1].map((chance) =>
      random.chance(chance),
    );
    const openings = chances.flatMap((isDrawn, kind) => (isDrawn ? [kind] : []));
    for (const kind of openings.slice(-this.#mostOpenings)) actions.push(this.#openOrDelete(kind));
    return actions;
  }

  #openOrDelete(kind: number): Action {
    if (kind === 0) return this.#opening(Math.max(1, this.#version));
    if (kind === 1) return this.#opening(this.#version + this.#random.whole(1, 2));
    return kind === 2 ? this.#opening(Math.max(1, this.#version - 1)) : this.#deletion();
  }

  #reuse(): Action[] {
    return this.#live.map((connection) => ({ kind: 'reuse', connection }));
  }

  #closing(): Action {
    const connection = this.#random.pick(this.#live);
    this.#live = this.#live.filter((one) => one !== connection);
    this.#closed.push(connection);
    return { kind: 'close', connection };
  }

  #deletion(): Action {
    this.#version = 0;
    this.#closed.push(...this.#live.splice(0));
    return { kind: 'delete' };
  }

  #opening(version: number): PlannedOpening {
    const random = this.#random;
    const connection = this.#openings;
    this.#openings += 1;
    const isUpgrade = version > this.#version;
    const ending = isUpgrade && random.chance(0.2) ? 'abort' : 'auto';
    const requests =
      isUpgrade && random.chance(0.6) ? this.#requests.make(STORES, 'auto', true) : [];
    if (isUpgrade) this.#closed.push(...this.#live.splice(0));
    // A request may fail and abort the upgrade. What follows then meets no connection, or another version, in each engine.
    if (isUpgrade && ending !== 'abort') this.#version = version;
    if (version === this.#version && ending === 'auto') this.#live.push(connection);
    const whenAsked = this.#isIgnoring ? 'ignore' : 'close';
    const given =
      !isUpgrade && version === this.#version && random.chance(0.3) ? undefined : version;
    return { kind: 'open', connection, version: given, requests, ending, whenAsked };
  }

  #transaction(connection: number): PlannedTransaction {
    const random = this.#random;
    const mode = random.chance(0.65) ? 'readwrite' : 'readonly';
    const stores = STORES.filter(() => random.chance(0.45));
    if (stores.length === 0) stores.push(random.pick(STORES));
    const ending = random.pick(['auto', 'auto', 'commit', 'commit', 'commit', 'abort'] as const);
    const requests = this.#requests.make(stores, ending, mode === 'readwrite');
    const durability = random.chance(0.05)
      ? 'strict'
      : random.pick(['relaxed', 'default'] as const);
    return { kind: 'transact', connection, stores, mode, durability, requests, ending };
  }
}
