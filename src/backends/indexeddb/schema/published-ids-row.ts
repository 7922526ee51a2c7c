/**
 * Ids that callers gave to the events of one commit. Key: [until, id]. The rows of ended windows are next to each other, so
 * one delete removes them. No column is read: the key in an entry of the index has the end of the window.
 */
export interface PublishedIdsRow {
  /** The version of the format, see `ROW_VERSION`. */
  readonly v: number;
  /** When the window of these ids ends, in epoch milliseconds. */
  readonly until: number;
  /** Unique. */
  readonly id: string;
  /** The queue and the id of each event. No other row has one of them. */
  readonly published: readonly (readonly [queue: string, eventId: string])[];
}
