import type { ReadStamp } from './read-stamp.ts';
import type { WriteOptions } from './transactions.ts';

/** The keys of the written rows. Undefined if nothing was stored. */
export type Keys = readonly unknown[] | undefined;

export type DecideOptions = Omit<WriteOptions, 'durability'>;

/** With a `stamp` an append resolves with undefined, and stores nothing, if that read is no longer current. */
export type AppendOptions = WriteOptions & {
  readonly stamp?: ReadStamp;
  /** Of the connection when the writes were prepared. In another period they are not made, and it resolves with undefined. */
  readonly period?: number | undefined;
};
