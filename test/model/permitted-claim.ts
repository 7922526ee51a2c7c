import { dueIn, type Model, type ModelEvent } from './model.ts';

/** What docs/scheduling-and-priority.md promises of the events that one claim delivers. */

export interface Claimed {
  readonly queue: string;
  readonly limit: number;
  /** The delivered events, in their order. */
  readonly taken: readonly number[];
  /** Places that went to events which the claim buried. */
  readonly buried: number;
  /** Whether the claim may have passed events that it could not deliver. It may then end before it is full. */
  readonly mayBeShort: boolean;
  /** Whether no order is promised: another context may claim from its cache, or events were copied to a group in several steps. */
  readonly inAnyOrder: boolean;
}

/** One of so many places goes to the oldest event. */
const AGED_EVERY = 4;

const isSameKind = (a: ModelEvent, b: ModelEvent) =>
  a.priority === b.priority && !a.isRetry === !b.isRetry;

/** What is wrong with the claim. Undefined if it is permitted. */
export function faultOf(
  m: Model,
  { queue, limit, taken, buried, mayBeShort, inAnyOrder }: Claimed,
): string | undefined {
  const due = dueIn(m, queue);
  const got = taken.flatMap((n) => due.find((e) => e.n === n) ?? []);
  const left = due.filter((e) => !got.includes(e));
  const isShort = mayBeShort && taken.length > 0;
  const inOrder = got.toSorted((a, b) => b.priority - a.priority || a.order - b.order);
  const mayBeAged = Math.ceil((limit + buried) / AGED_EVERY);
  const aged = got.filter((b) => left.some((a) => a.priority > b.priority));
  const checks: Readonly<Record<string, boolean>> = {
    'only what is due': got.length === taken.length,
    'as many as asked for': isShort || taken.length === Math.min(limit, due.length),
    'the highest priority first, then in commit order': got.every((e, at) => e === inOrder[at]),
    'none before an older one of its kind': !got.some((b) =>
      left.some((a) => isSameKind(a, b) && a.order < b.order),
    ),
    'one of four places at most for age': aged.length <= mayBeAged,
    'for age only the oldest': !aged.some((b) => left.some((a) => a.order < b.order)),
    'half for retries, half for others': left.every((a) => {
      const level = got.filter((b) => b.priority === a.priority);
      const fair = Math.floor((level.length - mayBeAged - buried) / 2);
      return level.filter((b) => isSameKind(a, b)).length >= fair;
    }),
    'one of four places for the oldest': buried > 0 || skippedAfter(m, queue, taken) < AGED_EVERY,
  };
  // An event that is buried takes a place. Its key goes on while the claim is filled, over IndexedDB with the next claim.
  const all = Object.entries(checks);
  const promised = buried > 0 ? 1 : inAnyOrder ? 2 : all.length;
  const broken = all.slice(0, promised).filter(([, holds]) => !holds);
  if (broken.length === 0) return undefined;
  const promises = broken.map(([promise]) => promise).join('; ');
  return `a claim of ${limit} delivers ${promises}. Due: ${due.map(({ n }) => n)}. Delivered: ${taken}`;
}

/** The places in a row that did not go to the oldest event although events of several priorities were due. */
export function skippedAfter(m: Model, queue: string, taken: readonly number[]): number {
  const due = dueIn(m, queue);
  const oldest = due.toSorted((a, b) => a.order - b.order)[0];
  if (!oldest || taken.includes(oldest.n)) return 0;
  const isContested = new Set(due.map((e) => e.priority)).size > 1;
  return (m.skipped[queue] ?? 0) + (isContested ? taken.length : 0);
}
