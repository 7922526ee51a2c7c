/**
 * Types of a fetch handler, for declarations that must also compile without the DOM library. Each is the platform's own type if
 * that exists.
 */

/** The part of a `Request` that the library uses. */
interface RequestShape {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

export type PlatformRequest = typeof globalThis extends {
  Request: { prototype: infer Given };
}
  ? Given
  : RequestShape;
