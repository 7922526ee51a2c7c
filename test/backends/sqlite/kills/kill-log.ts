import type { HistoryRecord } from 'ackline/testing';

export const CHANNEL = 'orders';
export const LEASE_MS = 250;
/** The store's clock shows whole milliseconds, so a lease may end earlier than a finer clock says. */
const CLOCK_STEP_MS = 1;
export const KEYS: readonly string[] = ['a', 'b'];

/** Milliseconds of a clock that all processes of the machine share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

interface Taken {
  readonly id: string;
  readonly lease: number;
  readonly attempts: number;
}

/** A line of a log: the begin of a call, or with an answer its end. */
export interface Entry {
  readonly context: string;
  readonly call: number;
  readonly verb: 'publish' | 'deliver' | 'ack' | 'nack' | 'extend';
  readonly at: number;
  /** The ids in the payloads of the events. */
  readonly ids: readonly string[];
  readonly keys?: readonly (string | null)[];
  readonly lease?: number;
  readonly answer?: 'ok' | 'stale' | 'gone' | readonly Taken[] | undefined;
}

/** The records of a log. A call without an end was under way when its process was killed. */
export function recordsOf(lines: readonly string[]): HistoryRecord[] {
  const entries = lines.map((line) => JSON.parse(line) as Entry);
  const ends = new Map(entries.filter(({ answer }) => answer).map((entry) => [entry.call, entry]));
  return entries
    .filter(({ answer }) => !answer)
    .flatMap((begin) => recordsOfCall(begin, ends.get(begin.call)));
}

function recordsOfCall(begin: Entry, end: Entry | undefined): HistoryRecord[] {
  const { context, verb, ids, keys, lease, at: invoked } = begin;
  const time = end?.at ?? Number.MAX_SAFE_INTEGER;
  const base = { context, channel: CHANNEL, operation: verb, invoked, time };
  if (verb === 'deliver') {
    const taken = Array.isArray(end?.answer) ? (end.answer as readonly Taken[]) : [];
    // The lease began after the begin of the call.
    const exclusiveUntil = invoked + LEASE_MS - CLOCK_STEP_MS;
    return taken.map(({ id, ...given }) => {
      return { ...base, eventId: id, outcome: 'ok', ...given, exclusiveUntil };
    });
  }
  const outcome = end === undefined ? 'unknown' : end.answer === 'ok' ? 'ok' : 'failed';
  return ids.map((eventId, index) => {
    const key = keys?.[index];
    return {
      ...base,
      ...{ eventId, outcome },
      ...(key && { key }),
      ...(lease !== undefined && { lease }),
      ...(verb === 'extend' &&
        outcome === 'ok' && { exclusiveUntil: invoked + LEASE_MS - CLOCK_STEP_MS }),
    };
  });
}
