import { show } from '../../../core/options/options.ts';
import { AcklineError } from '../../../core/reports/errors.ts';
import { partOf } from '../../../core/runtime/part-of.ts';
import type { NewEvent } from '../../../queue/event-store.ts';

/**
 * A transaction failed although its connection works. Nothing of it was stored. The reason may be one of its values, such
 * as a Blob whose file has changed.
 */
export class RefusedError extends AcklineError {}

/** Errors with which browsers refuse values at commit. `UnknownError` may have other reasons, too. */
const REFUSALS = /^(Data|NotReadable|Unknown)Error$/;

export function mayBeRefusal(cause: unknown): boolean {
  return REFUSALS.test(String(partOf(cause, 'name')));
}

/**
 * The error for a row with a value that structured clone copies but IndexedDB does not store, such as a
 * `WebAssembly.Module`. `isStorable` tries to store a part of the row, to find the value.
 */
export function notStorableError(
  row: unknown,
  cause: unknown,
  isStorable: (value: unknown) => boolean,
): AcklineError {
  const at = findRefused(row, isStorable);
  // A segment row has lists of payloads and metadata: the path begins within the event.
  // A row of a result has the reply in its result.
  const inEvent = at.replace(/^\.(event|result)(?=\.)/, '');
  const path = inEvent.replace(/^\.(payload|metadata|reply)s?(\[\d+\])?/, '$1');
  return uncloneable(path, partOf(row, 'queue') as string, cause);
}

/** The error of a refused commit of one call's events: if they contain a Blob, the Blob is named as the reason. */
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

/** The path of the first Blob in an event, undefined if there is none. */
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

/** A value and the step of the path that leads to it. */
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
