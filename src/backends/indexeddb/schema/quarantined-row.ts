import type { DatabaseKey } from '../../../core/platform-types.ts';

/**
 * Why a row is aside.
 *
 * - `malformed`: it has not the shape of its version. It was moved here.
 * - `newer-version`: a later version of the library wrote it. It is where it was, and here is only a mark.
 * - `payload-missing`: it stands for an event whose payload is missing or malformed. It was moved here.
 */
export type QuarantineReason = 'malformed' | 'newer-version' | 'payload-missing';

/** A row of the database that could not be used, and was put aside. */
export interface QuarantinedRow {
  readonly channel: string;
  /** When it was put aside, in epoch milliseconds. */
  readonly at: number;
  /** The object store in which it was found, and its key there. */
  readonly store: string;
  readonly key: DatabaseKey;
  readonly reason: QuarantineReason;
  /** The row as it was found, of whatever content; absent for `newer-version`, which lies where it was. */
  readonly row?: unknown;
}
