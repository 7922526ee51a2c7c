import { IDBDatabase as FDBDatabase, IDBTransaction as FDBTransaction } from 'fake-indexeddb';

/** What is used of the inside of fake-indexeddb's transactions. */
export interface RawTransaction {
  _state: 'active' | 'inactive' | 'committing' | 'finished';
  readonly _requests: readonly { readonly request: IDBRequest; operation: () => unknown }[];
  readonly mode: IDBTransactionMode;
  readonly db: IDBDatabase;
  _abort(errorName: string | null): void;
}

/** What is used of the inside of fake-indexeddb's connections. */
interface RawConnection {
  /** Whether other openings need not wait for it. */
  _closePending: boolean;
  _closed: boolean;
  readonly _runningVersionchangeTransaction: boolean;
  readonly _rawDatabase: {
    connections: readonly unknown[];
    readonly transactions: readonly RawTransaction[];
  };
}

interface Listener {
  readonly type: string;
  readonly callback: ((event: Event) => void) | { handleEvent(event: Event): void };
  /** Of fake-indexeddb itself. */
  readonly isInternal?: boolean;
}

export interface FakeTarget {
  listeners: Listener[];
  /** Leaves only the listeners of fake-indexeddb itself, until the returned function is called. */
  mute(): () => void;
}

export interface Hooks {
  /** In place of `setImmediate`. */
  addTask(run: () => void): void;
  /** Calls `run` soon, and takes no step until then. */
  soon(run: () => void): void;
  /** In place of the dispatch of an event to one target, which `original` makes. */
  dispatch(target: FakeTarget, event: Event, original: () => boolean): boolean;
  /** All requests of the transaction have succeeded. Answers whether it must not commit. */
  beforeCommit(transaction: RawTransaction): boolean;
  /** A request is about to be executed. Answers the name of the error with which it fails. */
  beforeRequest(transaction: RawTransaction): string | undefined;
  /** May throw. */
  beforeBegin(database: IDBDatabase): void;
}

const HANDLERS = [
  ...['onabort', 'oncomplete', 'onerror', 'onsuccess', 'onblocked', 'onclose'],
  ...['onupgradeneeded', 'onversionchange'],
];

let hooks: Hooks | undefined;
let isPatched = false;

/** Fits the code of fake-indexeddb with hooks. One simulation at a time. */
export function patchFakeIndexedDb(given: Hooks): void {
  hooks = given;
  if (isPatched) return;
  isPatched = true;
  const later = setImmediate;
  const addTask = (run: () => void) => (hooks ? hooks.addTask(run) : later(run));
  // fake-indexeddb reads the global each time that it plans a task.
  Object.assign(globalThis, { setImmediate: addTask });
  patchEvents();
  patchTransactions();
  patchClose();
}

/** The connections whose `close()` was called. */
const closing = new WeakSet<object>();

/**
 * A connection is closed once its own transactions have ended, and an upgrade or a deletion waits for that. The code of
 * fake-indexeddb lets those begin at once. And it waits for the transactions of every connection, and asks in a task after the
 * other, which leaves few steps to anything else.
 */
function patchClose(): void {
  const databases = FDBDatabase.prototype as unknown as IDBDatabase;
  databases.close = function (this: IDBDatabase) {
    if (closing.has(this)) return;
    closing.add(this);
    const connection = this as unknown as RawConnection;
    const { _rawDatabase: raw } = connection;
    // The opening that upgrades asks for it when its transaction has ended.
    connection._closePending = connection._runningVersionchangeTransaction;
    const end = (): void => {
      if (raw.transactions.some(({ db, _state }) => db === this && _state !== 'finished'))
        return hooks?.soon(end);
      connection._closePending = true;
      connection._closed = true;
      raw.connections = raw.connections.filter((other) => other !== connection);
    };
    end();
  };
}

function patchEvents(): void {
  const proto = Object.getPrototypeOf(FDBTransaction.prototype) as FakeTarget & {
    dispatchEvent(event: Event): boolean;
    addEventListener(type: string, callback: Listener['callback']): void;
  };
  const dispatch = proto.dispatchEvent;
  proto.dispatchEvent = function (this: FakeTarget, event: Event) {
    if (event.type === 'versionchange' && closing.has(this)) return true;
    const original = () => dispatch.call(this, event);
    return hooks ? hooks.dispatch(this, event, original) : original();
  };
  const add = proto.addEventListener;
  proto.addEventListener = function (this: FakeTarget, type, callback) {
    add.call(this, type, callback);
    const listener = this.listeners.at(-1) as Listener;
    if (isInternal(this, callback)) Object.assign(listener, { isInternal: true });
  };
  proto.mute = function (this: FakeTarget) {
    return muted(this);
  };
}

/** A transaction's first three listeners, and the one that begins the next transaction. */
function isInternal(target: FakeTarget, callback: unknown): boolean {
  const { _rawDatabase, _prioritizedListeners, db } = target as unknown as {
    _rawDatabase?: unknown;
    _prioritizedListeners?: unknown;
    db?: { _rawDatabase: { processTransactions: unknown } };
  };
  if (_rawDatabase !== undefined || _prioritizedListeners === undefined) return false;
  return target.listeners.length <= 3 || callback === db?._rawDatabase.processTransactions;
}

function muted(target: FakeTarget): () => void {
  const { listeners } = target;
  const handlers = HANDLERS.map((name) => [name, Reflect.get(target, name)] as const);
  target.listeners = listeners.filter((listener) => listener.isInternal);
  for (const [name, handler] of handlers) if (handler) Reflect.set(target, name, null);
  return () => {
    target.listeners = listeners;
    for (const [name, handler] of handlers) if (handler) Reflect.set(target, name, handler);
  };
}

/** Calls the listeners that are not of fake-indexeddb itself. */
export function deliverEvent(target: FakeTarget, event: Event): void {
  for (const { type, callback, isInternal } of [...target.listeners]) {
    if (type !== event.type || isInternal) continue;
    if (typeof callback === 'function') callback.call(target, event);
    else callback.handleEvent(event);
  }
  const handler = Reflect.get(target, `on${event.type}`) as ((event: Event) => void) | null;
  handler?.call(target, event);
}

function patchTransactions(): void {
  const transactions = FDBTransaction.prototype as unknown as RawTransaction & { _start(): void };
  const start = transactions._start;
  transactions._start = function (this: RawTransaction) {
    const next = this._requests.find(({ request }) => request.readyState !== 'done');
    const errorName = next && this.mode !== 'versionchange' && hooks?.beforeRequest(this);
    if (next && errorName)
      next.operation = () => {
        throw new DOMException('fault', errorName);
      };
    if (!next && this._state !== 'finished' && hooks?.beforeCommit(this)) return;
    start.call(this);
  };
  const databases = FDBDatabase.prototype as unknown as IDBDatabase;
  const begin = databases.transaction;
  databases.transaction = function (this: IDBDatabase, stores, mode, options) {
    if ((mode as string) !== 'versionchange') hooks?.beforeBegin(this);
    if (closing.has(this)) throw new DOMException('The connection is closed.', 'InvalidStateError');
    return begin.call(this, stores, mode, options);
  };
}
