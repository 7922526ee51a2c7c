import type { MemberReport } from '../backends/broadcast/contexts/member.ts';
import type { Actor } from './broadcast-actor.ts';

/** What a member that was there all the time should have had, and has. */
export interface Account {
  readonly name: string;
  readonly wanted: number;
  readonly lacking: readonly string[];
  /** Of these somebody who is still there knows. */
  readonly knowable: number;
  /** As `events-missed` counted them. */
  readonly missed: number;
  /** What came twice, or out of its publisher's order. */
  readonly disordered: readonly string[];
  readonly faults: readonly string[];
}

/** Of the member that made the report of that index; the others are those who are there, too. */
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
    // A publisher that ended may have sent more than it could say.
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

/** Whether everything that could be told was told, and nothing that had arrived. */
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
