/**
 * An event that was cancelled before any context claimed it. Its segment never changes, so claims leave the event out. Key:
 * [queue, seq, at]. A context adds it under the next epoch. The claim that moves the cursor past the event deletes it.
 */
export interface CancelledRow {
  /** The version of the format, see `ROW_VERSION`. */
  readonly v: number;
  readonly queue: string;
  readonly seq: number;
  readonly at: number;
}
