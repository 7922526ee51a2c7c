import { type MaybeRefOrGetter, type Raw, toRaw, toValue } from 'vue';

/** A value, a ref of one or a getter of one, and null or undefined for none. */
export type Given<T> = MaybeRefOrGetter<T | null | undefined>;

/** The value without the proxy of `ref()` or `reactive()`, which Vue makes of a backend of the user's own: decision 0083. */
export function given<T>(source: Given<T>): T | undefined {
  return toRaw(toValue(source)) ?? undefined;
}

/**
 * Vue leaves an object with this mark as it is in `ref()` and `reactive()`, and so do its types. Without the mark they describe
 * a channel without its private members, which no function takes as a channel. See decision 0088.
 */
type Unwrapped = Raw<unknown>;

declare module '../core/event-channel.ts' {
  interface EventChannel<
    Schema extends { [C in keyof Schema]: unknown },
    Replies extends { [C in keyof Replies]: unknown },
    Inputs extends { [C in keyof Inputs]: unknown },
  > extends Unwrapped {}
}

declare module '../core/sync-event-channel.ts' {
  interface SyncEventChannel<
    Schema extends { [C in keyof Schema]: unknown },
    Inputs extends { [C in keyof Inputs]: unknown },
  > extends Unwrapped {}
}
