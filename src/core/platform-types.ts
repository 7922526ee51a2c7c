/**
 * Types of the platform, for declarations that must also compile where its library is not loaded: a project for Node
 * alone has no DOM library. Where the platform's own type exists, each of these is that very type.
 */

/** What is used of an `AbortSignal`. */
interface AbortSignalShape {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export type PlatformAbortSignal = typeof globalThis extends {
  AbortSignal: { prototype: infer Signal };
}
  ? Signal
  : AbortSignalShape;

/** Without the platform's type nothing is known of it: `unknown` takes whatever an implementation gives. */
export type PlatformIdbFactory = typeof globalThis extends {
  IDBFactory: { prototype: infer Factory };
}
  ? Factory
  : unknown;

export type PlatformLockManager = typeof globalThis extends {
  LockManager: { prototype: infer Manager };
}
  ? Manager
  : { request: unknown; query: unknown };

/** A key of IndexedDB: {@link https://w3c.github.io/IndexedDB/#key-construct}. */
export type DatabaseKey =
  | number
  | string
  | Date
  | ArrayBuffer
  | ArrayBufferView
  | readonly DatabaseKey[];
