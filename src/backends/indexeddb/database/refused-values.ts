import { AcklineError } from '../../../core/errors.ts';
import { show } from '../../../core/options.ts';
import { partOf } from '../../../core/part-of.ts';
import type { NewEvent } from '../../../queue/event-store.ts';

/**
 * A transaction failed though its connection works: nothing of it was stored, and the cause may be one of its values,
 * such as a Blob whose file has changed. It is the cause alone that tells more.
 */
export class RefusedError extends AcklineError {}

/** Errors with which browsers refuse values as they commit; `UnknownError` may be anything else as well. */
const REFUSALS = /^(Data|NotReadable|Unknown)Error$/;

export function mayBeRefusal(cause: unknown): boolean {
  return REFUSALS.test(String(partOf(cause, 'name')));
}

/**
 * A row was refused when it was to be stored: what structured clone copies IndexedDB need not store, such as a
 * `WebAssembly.Module`. `isStorable` tries a part of it.
 */
export function notStorableError(
  row: unknown,
  cause: unknown,
  isStorable: (value: unknown) => boolean,
): AcklineError {
  const at = findRefused(row, isStorable);
  // In the row of a segment a payload is one of many.
  const path = at.replace(/^\.(payload|metadata)s?(\[\d+\])?/, '$1');
  return uncloneable(path, partOf(row, 'queue') as string, cause);
}

/** An error of a commit that stored one call's events alone: where it was refused, a Blob among them is to blame. */
export function blamingBlob(error: unknown, events: readonly NewEvent[]): unknown {
  if (!(error instanceof RefusedError)) return error;
  for (const event of events) {
    const path = findBlob(event);
    if (path !== undefined) return uncloneable(path, event.channel, error.cause);
  }
  return error;
}

function uncloneable(path: string, channel: string, cause: unknown): AcklineError {
  const message = `IndexedDB cannot store the event for ${channel}, because of ${path}`;
  return new AcklineError('not-cloneable', message, { cause, channel, path });
}

/** The path of the innermost value within `root` that `isStorable` refuses. */
function findRefused(root: unknown, isStorable: (value: unknown) => boolean): string {
  const seen = new Set<unknown>();
  let path = '';
  for (let value = root; ; ) {
    seen.add(value);
    const refused = partsOf(value).find(([, part]) => !seen.has(part) && !isStorable(part));
    if (!refused) return path;
    path += refused[0];
    value = refused[1];
  }
}

/** The path of the first Blob in an event; undefined where there is none. */
export function findBlob({
  payload,
  metadata,
}: Pick<NewEvent, 'payload' | 'metadata'>): string | undefined {
  const seen = new Set<unknown>();
  const open: Part[] = [
    ['payload', payload],
    ['metadata', metadata],
  ];
  for (const [path, value] of open) {
    if (value instanceof Blob) return path;
    if (seen.has(value)) continue;
    seen.add(value);
    for (const [step, part] of partsOf(value)) open.push([path + step, part]);
  }
  return undefined;
}

/** A value and how it is reached. */
type Part = readonly [step: string, value: unknown];

function partsOf(value: unknown): Part[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const isKeyed = value instanceof Map || value instanceof Set;
  const isList = Array.isArray(value);
  return [...(isKeyed ? value.entries() : Object.entries(value))].map(([key, part]) => [
    isList ? `[${key}]` : typeof key === 'string' ? `.${key}` : `[${show(key)}]`,
    part,
  ]);
}
