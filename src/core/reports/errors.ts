import type { Receipt } from '../events/receipts.ts';
import { partOf } from '../runtime/part-of.ts';

/**
 * The kinds of fault, as a closed set that programs may branch on. Messages may change between versions; codes do not.
 *
 * - `closed`: the channel or backend was shut down before the call.
 * - `unsupported`: an option or verb needs a capability that the backend does not declare.
 * - `not-cloneable`: a payload or metadata cannot be structured-cloned; `path` names the part.
 * - `too-large`: an event is over `maxEventBytes`; nothing was stored.
 * - `backlog-full`: the channel has as many waiting events as its `maxBacklog` allows; nothing was stored; see `backlog`.
 * - `quota`: the disk quota is used up; nothing was stored.
 * - `storage`: the storage failed; `cause` is its own error.
 * - `open-timeout`: the database did not open in time (another tab may hold up an upgrade).
 * - `newer-schema`: the database, or the state of this channel in it, was written by a newer version of the library, and
 *   was left untouched.
 * - `foreign-database`: the database of that name belongs to another program; it was left untouched.
 * - `unconfirmed`: the event was published, but fewer members acknowledged it than `confirm` asks for; see `receipts`.
 * - `no-members`: the channel has no other member that could answer a request.
 * - `no-reply`: every member acknowledged the request without a reply, rejected it, or vanished; see `receipts`.
 * - `timeout`: a request was not answered in time, see `receipts`; or a result did not come in time, see `eventId`; or a
 *   database was not deleted in time.
 * - `invalid`: a payload does not fit the schema of its channel; nothing was stored. It is a `SchemaError` with the issues.
 * - `no-group`: the channel has no group of that name, or it was deleted; `createGroup` of `ackline/groups` creates it.
 * - `busy`: other connections kept a SQLite database locked for too long, or another transaction of a PostgreSQL server was in the
 *   way; nothing was stored.
 * - `unavailable`: the server cannot be reached, ended the connection, or did not answer in time; a write may have been stored.
 * - `forbidden`: the server refuses the rights that the call needs; nothing was stored.
 * - `destroyed`: the database or partition was deleted while it was in use: the reason of a status, and the cause of `closed`.
 */
export type AcklineErrorCode =
  | 'closed'
  | 'unsupported'
  | 'not-cloneable'
  | 'too-large'
  | 'backlog-full'
  | 'quota'
  | 'storage'
  | 'open-timeout'
  | 'newer-schema'
  | 'foreign-database'
  | 'unconfirmed'
  | 'no-members'
  | 'no-reply'
  | 'timeout'
  | 'invalid'
  | 'no-group'
  | 'busy'
  | 'unavailable'
  | 'forbidden'
  | 'destroyed';

export interface AcklineErrorDetails {
  readonly cause?: unknown | undefined;
  /** The channel of the call, if it has one. */
  readonly channel?: string | undefined;
  /** Of a `timeout` of a wait for a result: the event that was waited for. */
  readonly eventId?: string | undefined;
  /** Where in the value the fault lies, such as `payload.items[3].onClick`. */
  readonly path?: string | undefined;
  /** The answers of the members, for an event that was published to be confirmed. */
  readonly receipts?: readonly Receipt[] | undefined;
  /** Of `backlog-full`: how many events waited when the publish was refused, and how many may wait. */
  readonly backlog?: { readonly waiting: number; readonly maxBacklog: number } | undefined;
}

type Brand = 'AcklineError' | 'RejectError' | 'RetryError';

function symbolOf(brand: Brand): symbol {
  return Symbol.for(`ackline.${brand}`);
}

/** Marks an error, so that every copy of this library recognises it, in any realm. */
function mark(error: Error, brand: Brand): void {
  Object.defineProperty(error, symbolOf(brand), { value: true });
}

/** `instanceof` for errors of other copies of this library and other realms. Never throws. */
export function isBranded(error: unknown, brand: Brand): boolean {
  return partOf(error, symbolOf(brand)) === true;
}

/** The code of an {@link AcklineError} of any copy of this library; undefined for anything else. Never throws. */
export function codeOf(error: unknown): unknown {
  return isBranded(error, 'AcklineError') ? partOf(error, 'code') : undefined;
}

/** Whether a consumer ends for good after this error: its backend or its group is gone. Never throws. */
export function endsConsumers(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'closed' || code === 'no-group';
}

/**
 * Every fault that is not a programming mistake (those are `TypeError`). Branch on `code`.
 *
 * @example
 * try {
 *   await events.publish('order.placed', order);
 * } catch (error) {
 *   if (!(error instanceof AcklineError) || error.code !== 'backlog-full') throw error;
 *   show(`${error.backlog?.waiting} orders wait already`);
 * }
 */
export class AcklineError extends Error {
  override readonly name: string = 'AcklineError';
  readonly code: AcklineErrorCode;
  readonly channel: string | undefined;
  readonly eventId: string | undefined;
  readonly path: string | undefined;
  readonly receipts: readonly Receipt[] | undefined;
  readonly backlog: AcklineErrorDetails['backlog'];

  constructor(code: AcklineErrorCode, message: string, details: AcklineErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    mark(this, 'AcklineError');
    this.code = code;
    this.channel = details.channel;
    this.eventId = details.eventId;
    this.path = details.path;
    this.receipts = details.receipts;
    this.backlog = details.backlog;
  }
}

/**
 * The storage quota, or the disk, is used up: nothing of the call was stored. Its code is `quota`.
 *
 * @example
 * try {
 *   await events.publish('order.placed', order);
 * } catch (error) {
 *   if (!(error instanceof QuotaError)) throw error;
 *   show('the disk is full: send what waits, then try again');
 * }
 */
export class QuotaError extends AcklineError {
  override readonly name = 'QuotaError';

  constructor(message: string, details?: AcklineErrorDetails) {
    super('quota', message, details);
  }
}

/**
 * Throw it in a handler to make the event a dead letter at once, however many attempts it has left. The message becomes the
 * dead letter's note. A backend without the capability `reject` retries the event instead.
 *
 * @example
 * throw new RejectError('the order has no items');
 */
export class RejectError extends Error {
  override readonly name = 'RejectError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    mark(this, 'RejectError');
  }
}

/** How a {@link RetryError} postpones its event. */
export interface RetryErrorOptions extends ErrorOptions {
  /**
   * Whether the delivery counts towards `maxAttempts`; default true. `false` is for failures that do not concern the event:
   * signed out, throttled. The delay is then at least 1 ms. If the backend lacks the capability `countsAsAttempt`, the
   * attempt counts, and a `fault` is reported.
   */
  readonly countsAsAttempt?: boolean | undefined;
  /**
   * `'offline'`: the handler could not reach the network. The reason is kept with the event, and the platform's `online`
   * event makes the event due at once. `countsAsAttempt` is then false by default. Default: no reason. If the backend lacks
   * the capability `offline`, the event waits for its delay.
   */
  readonly reason?: 'offline' | undefined;
}

/**
 * Throw it in a handler to retry the event after `delayMs` milliseconds, instead of the back-off. A backend without the
 * capability `delayMs` retries at once.
 *
 * @example
 * throw new RetryError(60_000, { countsAsAttempt: false }); // not signed in: the event keeps its attempts
 * throw new RetryError(60_000, { reason: 'offline' }); // no network: due again in a minute, or when `online` comes
 * throw new RetryError(5_000, 'the server asks for patience', { cause });
 */
export class RetryError extends Error {
  override readonly name = 'RetryError';
  readonly delayMs: number;
  readonly countsAsAttempt: boolean;
  declare readonly reason?: 'offline';

  constructor(delayMs: number, options?: RetryErrorOptions);
  constructor(delayMs: number, message?: string, options?: RetryErrorOptions);
  constructor(
    delayMs: number,
    given?: string | RetryErrorOptions,
    options: RetryErrorOptions | undefined = typeof given === 'object' ? given : undefined,
  ) {
    super(typeof given === 'string' ? given : `retry in ${delayMs} ms`, options);
    mark(this, 'RetryError');
    this.delayMs = delayMs;
    const reason = options?.reason;
    if (reason !== undefined) this.reason = reason;
    this.countsAsAttempt = options?.countsAsAttempt ?? reason !== 'offline';
  }
}
