import { type MaybeRefOrGetter, toRaw, toValue } from 'vue';

/** A value, a ref of one or a getter of one, and null or undefined for none. */
export type Given<T> = MaybeRefOrGetter<T | null | undefined>;

/** The value without the proxy of `ref()` or `reactive()`, which Vue makes of a backend of the user's own: decision 0083. */
export function given<T>(source: Given<T>): T | undefined {
  return toRaw(toValue(source)) ?? undefined;
}
