/**
 * Types of the platform, for declarations that must also compile without the DOM library, as in a project for Node. Each is
 * the platform's own type if that exists.
 */

/** The part of an `AbortSignal` that the library uses. */
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

/** `unknown` without the platform's type, so that any implementation can be passed. */
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

export type PlatformElement = typeof globalThis extends {
  HTMLElement: { prototype: infer Element };
}
  ? Element
  : object;

export type PlatformDate = Date;

/** A key of IndexedDB: {@link https://w3c.github.io/IndexedDB/#key-construct}. */
export type DatabaseKey =
  | number
  | string
  | Date
  | ArrayBuffer
  | ArrayBufferView
  | readonly DatabaseKey[];
