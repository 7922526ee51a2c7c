/** Name and message of an error, kept with the event whose handler threw it. A string that is too long is cut and ends in `…`. */
export interface Failure {
  /** At most 100 characters. `Error` for an error without a name. For a value that is not an error, its `typeof`. */
  readonly name: string;
  /** At most 1,000 characters. A message that is not a string is kept as JSON. */
  readonly message: string;
  /** Absent unless the nack had a `reason`; see `reason` of a nack. */
  readonly reason?: 'offline';
}

/**
 * Why an event will not be delivered again.
 *
 * - `rejected`: a consumer rejected the event.
 * - `attempts-exhausted`: `maxAttempts` deliveries failed, expired or crashed.
 * - `expired`: the `ttlMs` of the event passed before it was delivered, or before it was delivered again.
 * - `blocked`: the event that this one was published `after` was not acknowledged; see `onDeadLetter`.
 * - `dropped`: the event made room for a newer one; see `whenFull`.
 * - `invalid`: the payload did not fit the schema of its channel at delivery; see `ackline/schema`.
 * - `undecodable`: the stored event could not be decoded at delivery; see `ackline/codec`.
 */
export type DeadReason =
  | 'rejected'
  | 'attempts-exhausted'
  | 'expired'
  | 'blocked'
  | 'dropped'
  | 'invalid'
  | 'undecodable';
