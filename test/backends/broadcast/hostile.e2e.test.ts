// Covers src/backends/broadcast/wire/message-checks.ts
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemberWorld } from './contexts/member-world.ts';
import { reportsOf } from './contexts/remote.ts';

const MESSAGES = 100_000;
const SEED = 20_261_124;
const LIMITS = { maxBacklogEvents: 500, repairEvents: 500, history: 10 };
const EVENTS = 25;

let world: MemberWorld;

beforeAll(async () => {
  world = await MemberWorld.open();
});

afterAll(() => world?.close());

test(`${MESSAGES.toLocaleString('en')} hostile messages from a script of the same origin stop no delivery between two tabs`, {
  timeout: 240_000,
}, async () => {
  const tabs = [await world.openTab('tab 1', LIMITS), await world.openTab('tab 2', LIMITS)];
  for (const { member } of tabs) await member.call('listen');
  for (const { member } of tabs) await member.call('untilMembers', 2);
  const countKeys = () =>
    [Object, Array, Map, Function].map(({ prototype }) => Reflect.ownKeys(prototype).length);
  const keys = await Promise.all(tabs.map(({ tab }) => tab.page.evaluate(countKeys)));
  const { page } = await world.openPage('/hostile');
  // The hostile script imitates these messages.
  await tabs[0]!.member.call('publish', { count: EVENTS, burst: 5, confirmEvery: 5 });
  // No listener handles events of this channel.
  for (const { tab } of tabs)
    await tab.page.evaluate(() => void window.member.backend.join('flooded'));
  const attack = page.evaluate((terms) => window.attack(terms), { count: MESSAGES, seed: SEED });
  let isOver = false;
  void attack.finally(() => {
    isOver = true;
  });
  while (!isOver)
    await Promise.all(
      tabs.map(({ member }) =>
        member.call('publish', { count: EVENTS, burst: 1, confirmEvery: 5 }),
      ),
    );
  await attack;
  // This event comes after all hostile messages.
  for (const { member } of tabs)
    await member.call('publish', { count: EVENTS, burst: 5, confirmEvery: 5 });
  console.log(await page.evaluate(() => window.hostile));
  const reports = await reportsOf(tabs.map(({ member }) => member));
  console.log(reports.map(({ observed, published }) => ({ observed, published })));
  const all = await Promise.all(tabs.map(({ member }) => member.call('ids')));
  // A forged event in the name of a tab has another id, so it is another event.
  for (const { received } of all)
    for (const { sent } of all) expect(received.filter((id) => sent.includes(id))).toEqual(sent);
  for (const { faults } of reports) expect(faults).toEqual([]);
  for (const { observed } of reports)
    expect(observed['message-ignored']).toBeGreaterThan(MESSAGES / 10);
  expect(await Promise.all(tabs.map(({ tab }) => tab.page.evaluate(countKeys)))).toEqual(keys);
  for (const { tab } of tabs) {
    expect(await tab.page.evaluate(() => Reflect.get({}, 'polluted'))).toBeUndefined();
    const { ready } = await tab.page.evaluate(() => window.member.events.stats('flooded'));
    expect(ready).toBe(LIMITS.maxBacklogEvents);
  }
});
