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
import { copyValue } from './plain-copy.ts';
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

/** Takes a value in as it is to be kept; `path` names it in errors. */
export type TakeIn = (value: unknown, path: string, channel: string) => unknown;

/**
 * Checks and copies an event before anything is stored: caller's getters run here, and nowhere later. What `takeIn`
 * leaves as it is nobody looks into: it has no size.
 */
export function admit(draft: GivenDraft, takeIn: TakeIn = copyOf): AdmittedDraft {
  requireOptions(draft, 'event');
  const { channel, metadata = null } = draft;
  checkChannelName(channel);
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    refuse('metadata', 'an object or null', metadata);
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

/** A copy that nobody else can reach; `path` names the value in errors. */
export function copyOf(value: unknown, path: string, channel: string): unknown {
  try {
    return copyValue(value);
  } catch (cause) {
    const at = findUncloneable(value, path, new Set()) ?? path;
    const message = `the ${path} for ${channel} cannot be cloned at ${at}`;
    throw new AcklineError('not-cloneable', message, { cause, channel, path: at });
  }
}

/**
 * The path of the first value within `value` that makes it uncloneable; runs only after a failed copy. Nothing
 * where only a cycle leads back to the fault; `seen` holds what was looked into, and bounds the search.
 */
function findUncloneable(value: unknown, path: string, seen: Set<object>): string | undefined {
  if (typeof value !== 'object' || value === null || seen.size > 100) return path;
  seen.add(value);
  let isFaultElsewhere = false;
  for (const key of Object.keys(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    try {
      const child = (value as Readonly<Record<string, unknown>>)[key];
      if (isCloneable(child)) continue;
      const isKnown = seen.has(child as object);
      const found = isKnown ? undefined : findUncloneable(child, at, seen);
      if (found !== undefined) return found;
      isFaultElsewhere = true;
    } catch {
      // A getter that throws is the place; its error is already the cause.
      return at;
    }
  }
  return isFaultElsewhere ? undefined : path;
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
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
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) bytes += value.byteLength;
    else if (value instanceof Blob) bytes += value.size;
    else if (value instanceof Set) for (const part of value) open.push(part);
    else
      for (const part of value instanceof Map ? value : Object.entries(value)) open.push(...part);
  }
  return bytes;
}
