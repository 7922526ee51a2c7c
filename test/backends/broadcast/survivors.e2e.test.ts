// Covers src/backends/broadcast/receiving/gap-repair.ts
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { Campaign } from './contexts/campaign.ts';
import type { MemberReport } from './contexts/member.ts';
import { MemberWorld } from './contexts/member-world.ts';
import { countingTo, reportsOf } from './contexts/remote.ts';

const SEED = 4;
const LAPS = 70;

let world: MemberWorld;

beforeEach(async () => {
  world = await MemberWorld.open();
});

afterEach(() => world?.close());

/** Waits until all remaining members have the same events of each publisher, and all events of the remaining publishers. */
async function untilLevel(campaign: Campaign): Promise<void> {
  await until(async () => {
    const reports = await reportsOf(campaign.survivors);
    const sent = reports.reduce((sum, { published }) => sum + published, 0);
    const counts = reports.map(({ received }) =>
      Object.fromEntries(Object.entries(received).map(([name, { length }]) => [name, length])),
    );
    const totals = counts.map((count) => Object.values(count).reduce((sum, one) => sum + one, 0));
    return totals.every((total) => total === totals[0] && total >= sent);
  }, 'survivors that have all events');
}

test(`when tabs crash and freeze at random points (seed ${SEED}), the remaining tabs get every event once and in order, and no publisher waits for a dead tab`, {
  timeout: 180_000,
}, async () => {
  const campaign = await Campaign.gather(world, SEED);
  await campaign.run(LAPS);
  await untilLevel(campaign);
  // This event comes last, so a duplicate would have arrived before.
  for (const member of campaign.survivors) {
    const [last] = await member.call('publish', { count: 1, burst: 1, confirmEvery: 1 });
    expect(last?.isConfirmed).toBe(true);
  }
  await untilLevel(campaign);
  const reports = await reportsOf(campaign.survivors);
  const { received } = reports[0] as MemberReport;
  const total = Object.values(received).reduce((sum, { length }) => sum + length, 0);
  console.log(`${total} events, ${campaign.freezes} freezes, ${campaign.crashed.length} crashes`);
  expect(campaign.freezes).toBeGreaterThan(10);
  expect(campaign.crashed).toHaveLength(2);
  expect(total).toBeGreaterThan(10_000);
  for (const [name, numbers] of Object.entries(received))
    expect([name, numbers]).toEqual([name, countingTo(numbers.length)]);
  for (const [index, { name }] of campaign.survivors.entries())
    expect([name, received[name]?.length]).toEqual([name, reports[index]?.published]);
  for (const report of reports) {
    expect(report.received).toEqual(received);
    expect(report.observed).toEqual({});
    expect(report.faults).toEqual([]);
  }
  expectReceipts(
    campaign,
    reports.slice(0, campaign.steady.length).map(({ memberId }) => memberId),
  );
});

/** Steady members acknowledged all events. Each event that another member lacks was reported. */
function expectReceipts({ confirmed, crashed }: Campaign, steadyIds: readonly string[]): void {
  expect(confirmed.length).toBeGreaterThan(500);
  for (const { outcomes, isConfirmed } of confirmed) {
    for (const memberId of steadyIds) expect(outcomes[memberId]).toBe('acknowledged');
    const others = Object.values(outcomes);
    expect(others.every((outcome) => ['acknowledged', 'vanished'].includes(outcome))).toBe(true);
    expect(isConfirmed).toBe(!others.includes('vanished'));
  }
  for (const memberId of crashed)
    expect(confirmed.map(({ outcomes }) => outcomes[memberId])).toContain('vanished');
}
