// Covers src/backends/indexeddb/database/connection.ts, src/backends/indexeddb/claiming/claim-locks.ts
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LifecycleTab } from '../../setup/lifecycle-browser.ts';
import { freezableTabs } from './contexts/freezable-tabs.ts';

const FREEZES = 100;
/** The longest allowed call beside a frozen tab. A freeze may last longer, so that a blocked tab is detected. */
const MAX_WAIT_MS = 1_000;
const HELD_MS = 1.5 * MAX_WAIT_MS;
/** How long a tab may take to begin or to continue, which is not what this test is about. */
const START_MS = 30_000;
/** The number of cycles of the other tab that show that it is not blocked. */
const FREE_CYCLES = 8;
const MAX_THAWED_MS = 120;
const SEED = 20_261_123;

const openTabAt = freezableTabs();

async function openCycler(): Promise<LifecycleTab> {
  const tab = await openTabAt('/hostage');
  await tab.page.waitForFunction(() => window.cycler !== undefined);
  return tab;
}

/** The Park–Miller generator. A failing run can be repeated with its seed. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

function goesOn({ page }: LifecycleTab, cycles: number, withinMs: number): Promise<boolean> {
  return page.evaluate(([count, ms]) => window.cycler.progress(count, ms), [
    cycles,
    withinMs,
  ] as const);
}

/** Freezes the victim many times, each time until the other tab has made progress or was blocked for too long. */
async function freezeAtRandomPoints(victim: LifecycleTab, other: LifecycleTab): Promise<void> {
  const random = randomNumbers(SEED);
  for (let freeze = 0; freeze < FREEZES; freeze += 1) {
    // On a slow machine the tab may need longer than the pause to continue.
    expect(await goesOn(victim, 1, START_MS), `the victim, before freeze ${freeze}`).toBe(true);
    // This pause does not wait for a condition. The test freezes at a random point of a cycle, also within a transaction.
    await delay(random.next().value * MAX_THAWED_MS);
    await victim.freeze();
    const frozenAt = await victim.page.evaluate(() => window.cycler.cycles);
    // One block is enough to fail, and a hundred blocks would take minutes.
    expect(await goesOn(other, FREE_CYCLES, HELD_MS), `the other tab, in freeze ${freeze}`).toBe(
      true,
    );
    expect(await victim.page.evaluate(() => window.cycler.cycles)).toBe(frozenAt);
    await victim.resume();
  }
}

async function runHostage() {
  const [victim, other] = [await openCycler(), await openCycler()];
  await victim.page.evaluate(() => window.cycler.listen());
  // The tabs open one after the other, because a tab that is frozen while it creates the database blocks all others.
  for (const tab of [victim, other]) {
    await tab.page.evaluate(() => window.cycler.start());
    expect(await goesOn(tab, 1, START_MS)).toBe(true);
  }
  await other.page.evaluate(() => window.cycler.forgetSlowest());
  await freezeAtRandomPoints(victim, other);
  // The victim stops first, because its last cycle may wait for an event of the other tab.
  const ofVictim = await victim.page.evaluate(() => window.cycler.stop());
  const ofOther = await other.page.evaluate(() => window.cycler.stop());
  const left = await other.page.evaluate(async () => [
    ...(await window.cycler.drain('cycles')),
    ...(await window.cycler.drain('hinted')),
  ]);
  const { operation, ms } = ofOther.slowest;
  console.log(
    `${ofVictim.cycles} cycles of the victim, ${ofOther.cycles} beside ${FREEZES} freezes, slowest: ${operation}, ${ms.toFixed(0)} ms`,
  );
  return { ofVictim, ofOther, left };
}

test('a tab that is frozen at any point blocks no other tab for a second, and no event is lost or delivered after its acknowledgement', async () => {
  const { ofVictim, ofOther, left } = await runHostage();
  expect(ofVictim.cycles).toBeGreaterThan(FREEZES);
  expect(ofOther.cycles).toBeGreaterThanOrEqual(FREEZES * FREE_CYCLES);
  expect(ofOther.slowest.ms, ofOther.slowest.operation).toBeLessThan(MAX_WAIT_MS);
  const accepted = [...ofVictim.acknowledged, ...ofOther.acknowledged];
  const acknowledged = new Set(accepted);
  expect(acknowledged.size).toBe(accepted.length);
  expect(left.filter((eventId) => acknowledged.has(eventId))).toEqual([]);
  const delivered = [...ofVictim.delivered, ...ofOther.delivered, ...left];
  const seen = new Set(delivered);
  // When it was frozen, the victim held one event by hand and one in its listener. The other tab takes both over.
  expect(delivered.length - seen.size).toBeLessThanOrEqual(2 * FREEZES);
  const published = [...ofVictim.published, ...ofOther.published];
  expect(published.filter((eventId) => !seen.has(eventId))).toEqual([]);
});
