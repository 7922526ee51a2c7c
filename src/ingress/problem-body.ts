/**
 * Why a request, or one event of a batch, was refused. Programs may branch on these codes.
 *
 * - `unauthorized`, `forbidden`: `authorize` refused the request.
 * - `method-not-allowed`, `unsupported-media-type`: the request is in no form that the ingress reads.
 * - `too-large`: the body is over `maxBytes`, a batch over `maxBatch`, or an event over the `maxEventBytes` of its channel.
 * - `incomplete`: the body broke off.
 * - `malformed`: the body is no JSON, or breaks a rule of CloudEvents.
 * - `no-id`: the event has no id, or one of more than 200 characters.
 * - `unknown-channel`: the channel is not one of `channels`.
 * - `invalid`: the payload does not fit the schema of its channel; see the option `issues` of the ingress.
 * - `rejected`: `map` threw a `RejectError`, or the payload cannot be stored.
 * - `id-conflict`: the id has come before with another payload, which is stored; see `fingerprints`.
 * - `rate-limited`: the sender has sent more than a `rateLimit` allows, and may try again after `Retry-After`.
 * - `backlog-full`, `unavailable`: nothing was stored, and the sender may try again after `Retry-After`.
 * - `partly-stored`: some events of the batch were refused; see `results`.
 * - `fault`: a function of the server's own threw.
 */
export type ProblemCode =
  | 'unauthorized'
  | 'forbidden'
  | 'method-not-allowed'
  | 'unsupported-media-type'
  | 'too-large'
  | 'incomplete'
  | 'malformed'
  | 'no-id'
  | 'unknown-channel'
  | 'invalid'
  | 'rejected'
  | 'id-conflict'
  | 'rate-limited'
  | 'backlog-full'
  | 'unavailable'
  | 'partly-stored'
  | 'fault';

/** One field of a payload that does not fit the schema. */
export interface ProblemIssue {
  readonly message: string;
  /** Keys and indexes from the payload to the field. */
  readonly path: readonly (string | number)[];
}

/** What became of one event of a batch. */
export interface EventResult {
  /** The id of the event, if it has one. */
  readonly id?: string | undefined;
  /** 202 if the event is stored. */
  readonly status: number;
  readonly code?: ProblemCode | undefined;
  readonly title?: string | undefined;
  readonly issues?: readonly ProblemIssue[] | undefined;
}

/**
 * The body of a refusal, in the form of RFC 9457.
 *
 * @example
 * const response = await fetch('/events/order.placed', { method: 'POST', body: text });
 * if (!response.ok) {
 *   const { code, title } = (await response.json()) as ProblemBody;
 *   show(code, title);
 * }
 */
export interface ProblemBody extends EventResult {
  readonly code: ProblemCode;
  readonly title: string;
  /** In the order of the batch. */
  readonly results?: readonly EventResult[] | undefined;
}
