/**
 * Types of `fetch`, for declarations that must also compile without the DOM library. Each is the platform's own type if that
 * exists.
 */

/** The part of a `Response` that the library uses. */
interface ResponseShape {
  readonly status: number;
  readonly type: string;
  readonly bodyUsed: boolean;
  readonly headers: { get(name: string): string | null };
}

export type PlatformResponse = typeof globalThis extends {
  Response: { prototype: infer Answer };
}
  ? Answer
  : ResponseShape;

/** The second argument of `fetch`. */
type PlatformInit = typeof globalThis extends {
  fetch: (input: never, init?: infer Init) => unknown;
}
  ? NonNullable<Init>
  : { readonly [Option in string]?: unknown };

/** What `fetch` takes as a body: a string, a `Blob`, a `FormData`, bytes. */
export type PlatformBody = PlatformInit extends { body?: infer Body } ? Body : unknown;

/** Options of `fetch`, except those that `httpSender` sets itself. */
export type PlatformFetchInit = Omit<
  PlatformInit,
  'method' | 'headers' | 'body' | 'signal' | 'redirect'
>;

export type PlatformFetch = typeof globalThis extends { fetch: infer Fetch } ? Fetch : unknown;
