import type { Durability, Metadata, PublishOptions } from './events/message.ts';
import { CopyTrail, copyValue } from './events/plain-copy.ts';
import type { ConfirmTerms } from './events/receipts.ts';
import { checkChannelName } from './options/channel-name.ts';
import {
  applyOptions,
  DEFAULT_SETTINGS,
  type Resolved,
  type Rules,
  refuse,
  requireOptions,
  WHEN_FULL,
} from './options/options.ts';
import { AcklineError } from './reports/errors.ts';

/** A draft in the form that backends take. */
export interface PlainDraft {
  readonly channel: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  /** Absent if the draft has only options that the backend uses by default. */
  readonly options?: PublishOptions | undefined;
}

/** A draft as a caller passes it, unchecked. */
export interface GivenDraft {
  readonly channel: string;
  readonly payload?: unknown;
  readonly metadata?: Metadata | null | undefined;
  readonly options?: (PublishOptions & ConfirmTerms<never>) | undefined;
}

/** A checked draft. Payload and metadata are copies, so later changes by the caller do not affect them. */
export interface AdmittedDraft extends PlainDraft {
  readonly options: Partial<Resolved<Omit<PublishOptions, 'maxEventBytes'>>>;
  /** Estimated size when stored, in bytes. */
  readonly bytes: number;
}

export const DURABILITIES: readonly Durability[] = ['relaxed', 'strict'];
const PUBLISH_DEFAULTS = { maxEventBytes: DEFAULT_SETTINGS.maxEventBytes };
const PUBLISH_RULES: Rules<PublishOptions> = {
  maxEventBytes: 1,
  maxBacklog: 1,
  whenFull: WHEN_FULL,
  delayMs: 0,
  availableAt: checkTime,
  ttlMs: 1,
  priority: checkPriority,
  id: checkName,
  dedupeWindowMs: 0,
  retentionMs: 0,
  key: checkName,
  after: checkName,
  onDeadLetter: ['continue', 'block'],
  replaces: ['waiting'],
  durability: DURABILITIES,
  self: [true, false],
  sql: checkClient,
} satisfies Readonly<Record<keyof PublishOptions, unknown>>;

/** The name of every publish option, those of {@link ConfirmTerms} included. */
const PUBLISH_OPTION_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(PUBLISH_RULES),
  ...(['confirm', 'timeoutMs', 'onReceipt'] satisfies (keyof ConfirmTerms)[]),
]);

/** Longest id or key that a caller may give an event, in UTF-16 code units. */
const MAX_NAME_LENGTH = 200;

/** Throws unless `value` is a valid id or key. */
export function checkName(option: string, value: unknown): void {
  if (typeof value === 'string' && value.length >= 1 && value.length <= MAX_NAME_LENGTH) return;
  refuse(option, `a string of 1 to ${MAX_NAME_LENGTH} characters`, value);
}

const MAX_PRIORITY = 100;

function checkPriority(option: string, value: unknown): void {
  if (Number.isInteger(value) && Math.abs(value as number) <= MAX_PRIORITY) return;
  refuse(option, `a whole number from -${MAX_PRIORITY} to ${MAX_PRIORITY}`, value);
}

function checkClient(option: string, value: unknown): void {
  if (value === null || !/^[fo]/.test(typeof value)) refuse(option, 'a database client', value);
}

/** By its tag, because a `Date` may come from another realm. */
function checkTime(option: string, value: unknown): void {
  const isDate = Object.prototype.toString.call(value) === '[object Date]';
  if (Number.isFinite(isDate ? Number(value) : value)) return;
  refuse(option, 'a time in epoch milliseconds or a valid Date', value);
}

/** Options that have no meaning without another option, or one of two. */
const COMPANIONS = [
  ['dedupeWindowMs', 'id'],
  ['onDeadLetter', 'key', 'after'],
  ['replaces', 'key'],
  ['whenFull', 'maxBacklog'],
] as const;

/** Throws a `TypeError` unless `metadata` is an object or null, and not one of publish options. */
export function checkMetadata(metadata: unknown): void {
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    refuse('metadata', 'an object or null', metadata);
  const keys = Object.keys(metadata ?? {});
  if (keys.length === 0 || !keys.every((key) => PUBLISH_OPTION_NAMES.has(key))) return;
  throw new TypeError(
    `metadata must be data about the event, got only publish options (${keys.join(', ')}): use publish(channel, payload, null, { ${keys[0]} })`,
  );
}

/** Returns the value that is stored for `value`. `path` names the value in errors. */
export type CopyIn = (value: unknown, path: string, channel: string) => unknown;

/**
 * Checks and copies an event before it is stored. Getters of the caller run here and nowhere later. With {@link asItIs} as
 * `takeIn` the event is not examined, and its size is 0. Errors: `TypeError` for invalid arguments; `not-cloneable`,
 * `too-large`.
 */
export function admit(draft: GivenDraft, takeIn: CopyIn = copyOf): AdmittedDraft {
  requireOptions(draft, 'event');
  const { channel, metadata = null } = draft;
  checkChannelName(channel);
  checkMetadata(metadata);
  const { maxEventBytes, options } = publishOptionsOf(draft.options);
  const payload = takeIn(draft.payload, 'payload', channel);
  const kept = metadata && (takeIn(metadata, 'metadata', channel) as Metadata);
  const bytes = takeIn === asItIs ? 0 : estimateBytes([payload, kept], maxEventBytes);
  if (bytes > maxEventBytes)
    throw new AcklineError(
      'too-large',
      `an event for ${channel} must be at most ${maxEventBytes} bytes (maxEventBytes), got about ${bytes} or more`,
      { channel },
    );
  return { channel, payload, metadata: kept, options, bytes };
}

/** The options of a draft that has none. */
export const NO_OPTIONS: AdmittedDraft['options'] = Object.freeze({});
const PLAIN = { ...PUBLISH_DEFAULTS, options: NO_OPTIONS };

/** Checks the options. A draft without options costs nothing here. */
function publishOptionsOf(given: GivenDraft['options']): typeof PLAIN {
  if (given === undefined) return PLAIN;
  const applied = applyOptions(PUBLISH_DEFAULTS, given, PUBLISH_RULES);
  const { maxEventBytes, ...options }: AdmittedDraft['options'] & typeof applied = applied;
  for (const [option, ...needed] of COMPANIONS)
    if (options[option] !== undefined && needed.every((other) => options[other] === undefined))
      refuse(option, `left out where no ${needed.join(' or ')} is given`, options[option]);
  if (options.availableAt !== undefined && options.delayMs !== undefined)
    refuse('availableAt', 'left out where delayMs is given', options.availableAt);
  if (options.priority && options.key !== undefined)
    refuse('priority', 'left out where a key is given', options.priority);
  if (options.after !== undefined && options.key !== undefined)
    refuse('after', 'left out where a key is given', options.after);
  if (options.after !== undefined && options.after === options.id)
    refuse('after', 'the id of another event', options.after);
  return { maxEventBytes, options };
}

/** Stores the value itself, shared with the caller. */
export function asItIs(value: unknown): unknown {
  return value;
}

const MAX_SHOWN_PATH = 200;

/** A deep copy. Error: `not-cloneable`, with the path of the value that cannot be cloned. */
export function copyOf(value: unknown, path: string, channel: string): unknown {
  const trail = new CopyTrail();
  try {
    return copyValue(value, trail);
  } catch (cause) {
    const at = path + trail.path;
    const shown = at.length > MAX_SHOWN_PATH ? `${at.slice(0, MAX_SHOWN_PATH)}…` : at;
    const message = `the ${path} for ${channel} cannot be cloned at ${shown}: ${trail.why}`;
    throw new AcklineError('not-cloneable', message, { cause, channel, path: at });
  }
}

/**
 * Estimated bytes of `root` when stored. Counting stops when the sum is above `limit`. No platform reports the size of a
 * structured clone, so each character counts two bytes and each value eight. Types are recognised by their tags, so that
 * values of another realm count, too.
 */
export function estimateBytes(root: unknown, limit: number): number {
  const seen = new Set<object>();
  const open: unknown[] = [root];
  let bytes = 0;
  while (open.length > 0 && bytes <= limit) {
    const value = open.pop();
    bytes += typeof value === 'string' ? 2 * value.length : 8;
    if (typeof value === 'bigint') bytes += value.toString(16).length / 2;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    bytes += openParts(value, open);
  }
  return bytes;
}

/** Adds the parts of `value` to `open`. Returns the bytes of a value that has no parts. */
function openParts(value: object, open: unknown[]): number {
  // The copy of a view has a buffer of its own, see plain-copy.ts.
  if (ArrayBuffer.isView(value)) return value.byteLength;
  switch (Object.prototype.toString.call(value)) {
    case '[object ArrayBuffer]':
      return (value as ArrayBuffer).byteLength;
    case '[object Blob]':
    case '[object File]':
      return Number((value as Blob).size) || 0;
    case '[object Set]':
      for (const part of value as Set<unknown>) open.push(part);
      return 0;
    case '[object Map]':
      for (const entry of value as Map<unknown, unknown>) open.push(...entry);
      return 0;
    // The stored data of the following types is not in their own enumerable properties.
    case '[object Error]':
    case '[object DOMException]':
      open.push((value as Error).message, (value as Error).stack, (value as Error).cause);
      return 0;
    case '[object RegExp]':
      open.push((value as RegExp).source);
      return 0;
    case '[object ImageData]':
      open.push((value as ImageData).data);
      return 0;
    default:
      for (const entry of Object.entries(value)) open.push(...entry);
      return 0;
  }
}
