import type { DatabaseKey } from '../../../core/runtime/platform-types.ts';

/**
 * Why a row is in quarantine.
 *
 * - `malformed`: it does not have the shape of its version. It was moved to quarantine.
 * - `newer-version`: a later version of the library wrote it. It stays in its store, and quarantine holds only a mark.
 * - `payload-missing`: it refers to an event whose payload is missing or malformed. It was moved to quarantine.
 */
export type QuarantineReason = 'malformed' | 'newer-version' | 'payload-missing';

/** A row of the database that could not be used and is in quarantine. */
export interface QuarantinedRow {
  readonly channel: string;
  /** When it was quarantined, in epoch milliseconds. */
  readonly at: number;
  /** The object store in which it was found. */
  readonly store: string;
  /** Its key in `store`. */
  readonly key: DatabaseKey;
  readonly reason: QuarantineReason;
  /** The row as it was found, with any content. Absent for `newer-version`, whose row is still in `store`. */
  readonly row?: unknown;
}
