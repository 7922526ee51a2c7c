import type { MemberReport } from '../backends/broadcast/contexts/member.ts';
import type { Actor } from './broadcast-actor.ts';

/** What a permanent member should have received, and what it received. */
export interface Account {
  readonly name: string;
  readonly wanted: number;
  readonly lacking: readonly string[];
  /** Lost events that a remaining member can report. */
  readonly knowable: number;
  /** The number that `events-missed` reported. */
  readonly missed: number;
  /** Events that arrived twice, or not in the order of their publisher. */
  readonly disordered: readonly string[];
  readonly faults: readonly string[];
}

/** For the member with the report at that index. The other reports are those of the other remaining members. */
export function accountOf(
  name: string,
  index: number,
  reports: readonly MemberReport[],
  everybody: readonly Actor[],
): Account {
  const report = reports[index] as MemberReport;
  const lacking: string[] = [];
  let [wanted, knowable] = [0, 0];
  for (const { member, published, isEnded } of everybody) {
    const had = new Set(report.received[member.name]);
    const last = Math.max(0, ...reports.flatMap(({ received }) => received[member.name] ?? []));
    // A publisher that ended may have sent more events than it reported.
    const sent = Math.max(published, last);
    wanted += sent;
    for (let number = 1; number <= sent; number += 1) {
      if (had.has(number)) continue;
      lacking.push(`${member.name} #${number}`);
      if (!isEnded || number <= last) knowable += 1;
    }
  }
  const { missed, faults } = report;
  return { name, wanted, lacking, knowable, missed, disordered: disorderIn(report), faults };
}

/** Whether exactly the known losses were reported, and no event that had arrived. */
export function isSound({ lacking, knowable, missed, disordered, faults }: Account): boolean {
  const isTold = knowable <= missed && missed <= lacking.length;
  return isTold && disordered.length === 0 && faults.length === 0;
}

function disorderIn({ received }: MemberReport): string[] {
  return Object.entries(received).flatMap(([publisher, numbers]) =>
    numbers
      .filter((number, index) => number <= Math.max(0, ...numbers.slice(0, index)))
      .map((number) => `${publisher} #${number}`),
  );
}
