import { checkChannelName } from './channel-name.ts';
import { AcklineError } from './errors.ts';
import type { Durability, Metadata, PublishOptions } from './message.ts';
import {
  applyOptions,
  DEFAULT_SETTINGS,
  type Resolved,
  refuse,
  requireOptions,
} from './options.ts';
import { CopyTrail, copyValue } from './plain-copy.ts';
import type { ConfirmTerms } from './receipts.ts';

/** A draft in the form that backends take. */
export interface PlainDraft {
  readonly channel: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  /** Absent: none that a backend does not know by itself. */
  readonly options?: PublishOptions | undefined;
}

/** A draft as a caller gives it: nothing is checked yet. */
export interface GivenDraft {
  readonly channel: string;
  readonly payload?: unknown;
  readonly metadata?: Metadata | null | undefined;
  readonly options?: (PublishOptions & ConfirmTerms<never>) | undefined;
}

/** A draft that passed the door: a copy of its own that no caller can reach. */
export interface AdmittedDraft extends PlainDraft {
  readonly options: Partial<Resolved<Omit<PublishOptions, 'maxEventBytes'>>>;
  /** About how much it takes to store. */
  readonly bytes: number;
}

export const DURABILITIES: readonly Durability[] = ['relaxed', 'strict'];
const PUBLISH_DEFAULTS = { maxEventBytes: DEFAULT_SETTINGS.maxEventBytes };
const PUBLISH_RULES = {
  maxEventBytes: 1,
  delayMs: 0,
  durability: DURABILITIES,
  self: [true, false],
};

/** Of every publish option, those for whom to wait included. */
const PUBLISH_OPTION_NAMES: ReadonlySet<string> = new Set<
  keyof PublishOptions | keyof ConfirmTerms
>(['delayMs', 'maxEventBytes', 'durability', 'self', 'confirm', 'timeoutMs', 'onReceipt']);

function checkMetadata(metadata: unknown): void {
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    refuse('metadata', 'an object or null', metadata);
  const keys = Object.keys(metadata ?? {});
  if (keys.length === 0 || !keys.every((key) => PUBLISH_OPTION_NAMES.has(key))) return;
  throw new TypeError(
    `metadata must be data about the event, got only names of publish options (${keys.join(', ')}): options go in fourth place, as in publish(channel, payload, null, { ${keys[0]} }), or are the options of a draft`,
  );
}

/** Takes a value in as it is to be kept; `path` names it in errors. */
export type CopyIn = (value: unknown, path: string, channel: string) => unknown;

/**
 * Checks and copies an event before anything is stored: caller's getters run here, and nowhere later. What `takeIn`
 * leaves as it is nobody looks into: it has no size.
 */
export function admit(draft: GivenDraft, takeIn: CopyIn = copyOf): AdmittedDraft {
  requireOptions(draft, 'event');
  const { channel, metadata = null } = draft;
  checkChannelName(channel);
  checkMetadata(metadata);
  const { maxEventBytes, ...options } = applyOptions(
    PUBLISH_DEFAULTS,
    draft.options,
    PUBLISH_RULES,
  );
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

/** Leaves a value with whoever else holds it. */
export function asItIs(value: unknown): unknown {
  return value;
}

const MAX_SHOWN_PATH = 200;

/** A copy that nobody else can reach; `path` names the value in errors. */
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
 * About how many bytes `root` takes when stored, or a number above `limit` as soon as it passes it.
 * An estimate, since no platform tells the size of a structured clone: two bytes a character, eight a value.
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
    // A view has a buffer of its own: plain-copy.ts has seen to that.
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) bytes += value.byteLength;
    else if (value instanceof Blob) bytes += value.size;
    else if (value instanceof Set) for (const part of value) open.push(part);
    else for (const part of partsOf(value)) open.push(...part);
  }
  return bytes;
}

function partsOf(value: object): Iterable<readonly unknown[]> {
  if (value instanceof Map) return value;
  // What is stored of these is not among their own enumerable parts.
  if (value instanceof Error) return [[value.message, value.stack, value.cause]];
  if (value instanceof RegExp) return [[value.source]];
  if (typeof ImageData !== 'undefined' && value instanceof ImageData) return [[value.data]];
  return Object.entries(value);
}
