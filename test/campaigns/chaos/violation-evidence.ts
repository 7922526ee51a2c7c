import type { HistoryRecord, HistoryViolation } from 'ackline/testing';
import type { InjectedFault } from './chaos-faults.ts';
import type { EndOfContext } from './lifetimes.ts';

/** A fault may have effects after its end: a lease that it has left behind, or contexts that are opened again. */
const AFTERMATH_MS = 10_000;

export interface EvidenceSources {
  readonly history: readonly HistoryRecord[];
  readonly faults: readonly InjectedFault[];
  /** By context. */
  readonly ends: ReadonlyMap<string, EndOfContext>;
  /** In words, what is known of the context that published an event. */
  readonly publisherOf: (eventId: string) => string;
}

/**
 * The lines that explain a violation without another run: all records of its event, the ends of the contexts that they name,
 * and the faults between its first and its last record.
 */
export function evidenceOf(
  violation: HistoryViolation,
  { history, faults, ends, publisherOf }: EvidenceSources,
): readonly string[] {
  const { rule, channel, eventId } = violation;
  const isOfEvent = (record: HistoryRecord) =>
    eventId !== undefined && record.channel === channel && record.eventId === eventId;
  const known = history.filter(isOfEvent);
  const records = known.length > 0 ? known : violation.records;
  const times = records.flatMap(({ invoked, time }) => [invoked, time]);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const lines = [
    ...records.map((record) => ({ at: record.invoked, text: JSON.stringify(record) })),
    ...endLines(new Set(records.map(({ context }) => context)), ends),
    ...faults
      .filter((fault) => fault.from <= to && fault.to >= from - AFTERMATH_MS)
      .map((fault) => ({ at: fault.from, text: `fault ${fault.kind} until ${fault.to}` })),
  ];
  lines.sort((left, right) => left.at - right.at);
  return [
    `${rule} of ${eventId ?? 'no single event'} in ${channel}:`,
    ...lines.map(({ at, text }) => `  ${at}  ${text}`),
    ...(rule === 'unexpected' && eventId !== undefined ? [`  ${publisherOf(eventId)}`] : []),
  ];
}

function endLines(contexts: ReadonlySet<string>, ends: ReadonlyMap<string, EndOfContext>) {
  return [...contexts].flatMap((context) => {
    const end = ends.get(context);
    return end ? [{ at: end.at, text: `end of ${context} (${end.cause})` }] : [];
  });
}
