import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemberWorld } from './contexts/member-world.ts';
import { countingTo, RemoteMember, reportsOf } from './contexts/remote.ts';

const TABS = ['tab 1', 'tab 2', 'tab 3', 'tab 4'];
/** Five publishers make 10,000 events, and each member gets a copy of each. */
const PUBLISHED = {
  'tab 1': 2_500,
  'tab 2': 2_500,
  'tab 3': 2_500,
  dedicated: 1_250,
  shared: 1_250,
};
const CONFIRM_EVERY = 10;

let world: MemberWorld;

beforeEach(async () => {
  world = await MemberWorld.open();
});

afterEach(() => world?.close());

test('each group of each tab gets its own copy of 500 events, and a tab confirms when all its groups have', async () => {
  const [one, two, publisher] = await Promise.all(TABS.slice(1).map((name) => world.openTab(name)));
  await one!.member.call('listenIn', ['badge', 'list', 'chart']);
  await two!.member.call('listenIn', ['badge']);
  await publisher!.member.call('untilMembers', 2);
  const terms = { count: 500, burst: 25, confirmEvery: 1 };
  const confirmed = await publisher!.member.call('publish', terms);
  expect(confirmed.map(({ isConfirmed }) => isConfirmed)).toEqual(Array(500).fill(true));
  const [first, second] = await reportsOf([one!.member, two!.member]);
  expect(first).toMatchObject({ observed: { badge: 500, list: 500, chart: 500 }, faults: [] });
  expect(second).toMatchObject({ observed: { badge: 500 }, faults: [] });
});

/** Four tabs and two workers, all of them members. */
async function gather(): Promise<RemoteMember[]> {
  const tabs = await Promise.all(TABS.map((name) => world.openTab(name)));
  const [first, second] = tabs;
  const dedicated = await RemoteMember.startWorker(first!.tab.page, 'dedicated', 'dedicated');
  const shared = await RemoteMember.startWorker(second!.tab.page, 'shared', 'shared');
  const members = [...tabs.map(({ member }) => member), dedicated, shared];
  for (const member of members) await member.call('listen');
  for (const member of members) await member.call('untilMembers', members.length);
  return members;
}

test('when three tabs and two workers publish 10,000 events, four tabs and two workers get each once and in order, and all receipts arrive', {
  timeout: 120_000,
}, async () => {
  const members = await gather();
  const publishing = Object.entries(PUBLISHED).map(async ([name, count]) => {
    const member = members.find((one) => one.name === name)!;
    return member.call('publish', { count, burst: 25, confirmEvery: CONFIRM_EVERY });
  });
  const confirmed = await Promise.all(publishing);
  await expect
    .poll(() => Promise.all(members.map((member) => member.call('receivedCount'))), {
      timeout: 30_000,
    })
    .toEqual(members.map(() => 10_000));
  // All members answer this last event, so a duplicate would have arrived before.
  await members[3]!.call('publish', { count: 1, burst: 1, confirmEvery: 1 });
  const reports = await reportsOf(members);
  const all = Object.entries({ ...PUBLISHED, 'tab 4': 1 });
  const received = Object.fromEntries(all.map(([name, count]) => [name, countingTo(count)]));
  for (const report of reports)
    expect(report).toMatchObject({ received, observed: {}, faults: [] });
  const acknowledged = reports.map(({ memberId }) => [memberId, 'acknowledged']);
  const outcomes = Object.fromEntries(acknowledged);
  for (const [index, [, count]] of Object.entries(PUBLISHED).entries())
    expect(confirmed[index]).toEqual(
      countingTo(count / CONFIRM_EVERY).map((tenth) => ({
        number: tenth * CONFIRM_EVERY,
        isConfirmed: true,
        outcomes,
      })),
    );
});
