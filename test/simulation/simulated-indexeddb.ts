import { IDBFactory as FDBFactory, IDBOpenDBRequest as FDBOpenDBRequest } from 'fake-indexeddb';
import {
  deliverEvent,
  type FakeTarget,
  patchFakeIndexedDb,
  type RawTransaction,
} from './fake-indexeddb-hooks.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { ChooseFault, StorageCall, StorageFault } from './storage-faults.ts';
import type { World } from './world.ts';

const HANG_MS = 10_000;
/** How often a connection that is being closed looks whether its transactions have ended. */
const CLOSE_MS = 1;

const ERRORS: Readonly<Partial<Record<StorageFault, string>>> = {
  quota: 'QuotaExceededError',
  unknown: 'UnknownError',
  abort: 'AbortError',
};

/**
 * The IndexedDB of one origin: the code of fake-indexeddb, whose tasks the world schedules, with the lives of contexts and the
 * faults of storage that it lacks.
 */
export class SimulatedIndexedDb {
  readonly #world: World;
  readonly #shared = new FDBFactory();
  readonly #owners = new WeakMap<object, SimulatedContext>();
  readonly #connections = new Map<SimulatedContext, Set<IDBDatabase>>();
  readonly #lying = new WeakSet<object>();
  /** The contexts that have had an open database. */
  readonly #opened = new WeakSet<SimulatedContext>();
  chooseFault: ChooseFault = () => undefined;
  /** By kind, how many faults happened. */
  readonly faultCounts = new Map<StorageFault, number>();

  constructor(world: World) {
    this.#world = world;
    patchFakeIndexedDb({
      addTask: (run) => world.addStorageTask(run),
      soon: (run) => void world.after(CLOSE_MS, run),
      dispatch: (target, event, original) => this.#dispatch(target, event, original),
      beforeCommit: (transaction) => this.#beforeCommit(transaction),
      beforeBegin: (database) => this.#beforeBegin(database),
      beforeRequest: (transaction) => this.#beforeRequest(transaction),
    });
  }

  /** As one context has it. */
  forContext(context: SimulatedContext): IDBFactory {
    // A context may have several backends. All of its connections end with it.
    if (!this.#connections.has(context)) {
      this.#connections.set(context, new Set());
      context.whenEnded(() => this.#endConnections(context));
    }
    const open = (name: string, version?: number) => {
      const fault = this.#choose('open', context);
      if (fault === 'crash-before') context.end();
      const errorName = fault && ERRORS[fault];
      if (errorName !== undefined) return failedRequest(errorName, context);
      const request = fault === 'hang' ? new FDBOpenDBRequest() : this.#shared.open(name, version);
      this.#owners.set(request, context);
      if (fault === 'close') this.#world.after(1, () => this.close(context));
      if (fault === 'crash-after') this.#world.after(1, () => context.end());
      return request;
    };
    const deleteDatabase = (name: string) => {
      const request = this.#shared.deleteDatabase(name);
      this.#owners.set(request, context);
      return request;
    };
    return { open, deleteDatabase, cmp: this.#shared.cmp } as unknown as IDBFactory;
  }

  /** The browser closes all connections of a context. */
  close(context: SimulatedContext): void {
    for (const database of this.#connections.get(context) ?? []) {
      this.#abortAll(database, () => true);
      const event = { type: 'close', target: database, currentTarget: database };
      database.close();
      context.call(() =>
        deliverEvent(database as unknown as FakeTarget, event as unknown as Event),
      );
    }
    this.#connections.get(context)?.clear();
  }

  /** The data of the site is deleted: every connection is closed, and the next opening creates the database again. */
  clear(name: string, onCleared: () => void): void {
    for (const context of this.#connections.keys()) this.close(context);
    this.#shared.deleteDatabase(name).onsuccess = onCleared;
  }

  hasOpened(context: SimulatedContext): boolean {
    return this.#opened.has(context);
  }

  #endConnections(context: SimulatedContext): void {
    for (const database of this.#connections.get(context) ?? []) {
      // What was committed already may reach the disk, or not.
      this.#abortAll(
        database,
        ({ _state }) => _state !== 'committing' || this.#world.random.chance(0.5),
      );
      database.close();
    }
  }

  #abortAll(database: IDBDatabase, isAborted: (transaction: RawTransaction) => boolean): void {
    const { transactions } = (
      database as unknown as { _rawDatabase: { transactions: RawTransaction[] } }
    )._rawDatabase;
    for (const transaction of [...transactions])
      if (
        transaction.db === database &&
        transaction._state !== 'finished' &&
        isAborted(transaction)
      )
        transaction._abort('AbortError');
  }

  #choose(call: StorageCall, context: SimulatedContext): StorageFault | undefined {
    const fault = this.chooseFault(call, context);
    if (fault) this.faultCounts.set(fault, (this.faultCounts.get(fault) ?? 0) + 1);
    return fault;
  }

  #beforeBegin(database: IDBDatabase): void {
    const context = this.#owners.get(database);
    if (!context || context.isEnded) return;
    const fault = this.#choose('begin', context);
    if (fault === 'close') this.close(context);
    if (fault === 'close' || fault === 'invalid-state')
      throw new DOMException('The connection is closed.', 'InvalidStateError');
    if (fault === 'crash-before') {
      context.end();
      throw new DOMException('The context has ended.', 'InvalidStateError');
    }
  }

  /** Answers whether the transaction was aborted. */
  #beforeCommit(transaction: RawTransaction): boolean {
    const context = this.#owners.get(transaction.db);
    if (!context || transaction.mode !== 'readwrite') return false;
    const fault = this.#choose('commit', context);
    const error = fault && ERRORS[fault];
    if (error) transaction._abort(error);
    if (fault === 'close') this.close(context);
    if (fault === 'hang') context.stalledUntil = this.#world.time + HANG_MS;
    if (fault === 'crash-before') context.end();
    if (fault === 'answer-lost') this.#lying.add(transaction);
    // The rows are there, and the context ends before it learns it.
    if (fault === 'crash-after') this.#world.after(0, () => context.end());
    if (fault === 'crash-after') context.freeze();
    return transaction._state === 'finished';
  }

  /** Answers the name of the error with which the request fails. */
  #beforeRequest(transaction: RawTransaction): string | undefined {
    const context = this.#owners.get(transaction.db);
    if (!context || context.isEnded) return undefined;
    const fault = this.#choose('request', context);
    if (fault === 'close') this.close(context);
    if (fault === 'hang') context.stalledUntil = this.#world.time + HANG_MS;
    if (fault === 'crash-before') context.end();
    if (fault === 'crash-after') this.#world.after(0, () => context.end());
    return fault && ERRORS[fault];
  }

  #dispatch(target: FakeTarget, event: Event, original: () => boolean): boolean {
    const owner = this.#ownerOf(target);
    if (!owner) return original();
    const isOpened = event.type === 'success' || event.type === 'upgradeneeded';
    if (isOpened && this.#owners.get(target) === owner && 'result' in target) {
      this.#note(target, owner);
      if (event.type === 'success') this.#opened.add(owner);
    }
    if (event.type === 'complete' && this.#lying.has(target))
      return this.#lie(target, owner, original);
    const isUpgrade = event.type === 'upgradeneeded';
    if (isUpgrade && owner.isEnded) return this.#abortUpgrade(target, original);
    // The platform waits for a frozen page in the middle of an upgrade.
    if (owner.isRunning || isUpgrade) {
      let answer = true;
      owner.enter(() => {
        answer = original();
      });
      return answer;
    }
    const muted = target.mute();
    const answer = original();
    muted();
    const later = { type: event.type, target, currentTarget: target } as unknown as Event;
    owner.call(() => deliverEvent(target, later));
    return answer;
  }

  /** The context ended before it could make its stores. */
  #abortUpgrade(target: FakeTarget, original: () => boolean): boolean {
    const { transaction } = target as unknown as { transaction: RawTransaction };
    const muted = target.mute();
    const answer = original();
    muted();
    transaction._abort('AbortError');
    return answer;
  }

  /** The context gets an abort, and everything else goes on as after a commit. */
  #lie(target: FakeTarget, owner: SimulatedContext, original: () => boolean): boolean {
    const muted = target.mute();
    const answer = original();
    muted();
    Object.assign(target, { error: new DOMException('The answer was lost.', 'UnknownError') });
    const event = { type: 'abort', target, currentTarget: target } as unknown as Event;
    owner.call(() => deliverEvent(target, event));
    return answer;
  }

  #note(target: FakeTarget, owner: SimulatedContext): void {
    const { result } = target as unknown as IDBOpenDBRequest;
    if (typeof result !== 'object' || result === null) return;
    this.#owners.set(result, owner);
    this.#connections.get(owner)?.add(result);
    if (owner.isEnded) result.close();
  }

  #ownerOf(target: FakeTarget): SimulatedContext | undefined {
    const { transaction, source, db } = target as unknown as {
      transaction?: IDBTransaction;
      source?: Partial<IDBIndex>;
      db?: IDBDatabase;
    };
    // In fake-indexeddb the requests of indexes have no transaction.
    const database = db ?? (transaction ?? source?.objectStore?.transaction)?.db;
    return this.#owners.get(target) ?? (database && this.#owners.get(database));
  }
}

/** An opening that fails in a step of its own. */
function failedRequest(errorName: string, context: SimulatedContext): IDBOpenDBRequest {
  const failed = new FDBOpenDBRequest();
  const error = new DOMException('fault', errorName);
  Object.assign(failed, { readyState: 'done', error });
  const event = { type: 'error', target: failed, currentTarget: failed, preventDefault: () => {} };
  context.call(() => deliverEvent(failed as unknown as FakeTarget, event as unknown as Event));
  return failed;
}
