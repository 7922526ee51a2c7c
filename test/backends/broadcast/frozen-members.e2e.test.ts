// Covers src/backends/broadcast/members/membership.ts
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../support/until.ts';
import type { MemberSettings } from './contexts/member.ts';
import { type MemberTab, MemberWorld } from './contexts/member-world.ts';
import { countingTo } from './contexts/remote.ts';

/** Events that a member misses while its page is frozen or in the back/forward cache, and receives afterwards. */

let world: MemberWorld;
let lines = 0;

beforeAll(async () => {
  world = await MemberWorld.open();
});

afterAll(() => world?.close());

/** A tab that publishes and a tab that receives. Both are members. */
async function openBoth(settings: MemberSettings = {}) {
  lines += 1;
  const open = async (name: string) => {
    const opened = await world.openTab(name, { name: `line ${lines}`, ...settings });
    onTestFinished(() => opened.tab.page.close());
    await opened.member.call('listen');
    return opened;
  };
  const publisher = await open('publisher');
  const receiver = await open('receiver');
  await publisher.member.call('untilMembers', 2);
  return { publisher, receiver };
}

/** Publishes, and expects receipts of the given members and of no other. */
async function publish({ member }: MemberTab, count: number, ...by: MemberTab[]): Promise<void> {
  const confirmed = await member.call('publish', { count, burst: 5, confirmEvery: 5 });
  const memberIds = await Promise.all(
    by.map(async (one) => (await one.member.call('report')).memberId),
  );
  for (const { outcomes } of confirmed)
    expect(outcomes).toEqual(Object.fromEntries(memberIds.map((id) => [id, 'acknowledged'])));
}

async function expectReceived(
  { member }: MemberTab,
  from: string,
  numbers: number[],
): Promise<void> {
  await until(
    async () => ((await member.call('report')).received[from]?.length ?? 0) >= numbers.length,
    `${numbers.length} events of ${from}`,
  );
  const { received, faults } = await member.call('report');
  expect(received[from]).toEqual(numbers);
  expect(faults).toEqual([]);
}

const WAYS = {
  'in the back/forward cache': {
    leave: ({ tab }: MemberTab) => tab.leave(`${world.url}/elsewhere`),
    comeBack: ({ tab }: MemberTab) => tab.back(),
  },
  frozen: {
    leave: ({ tab }: MemberTab) => tab.freeze(),
    comeBack: ({ tab }: MemberTab) => tab.resume(),
  },
} as const;

for (const [where, { leave, comeBack }] of Object.entries(WAYS))
  describe(`a page that is ${where}`, () => {
    test('is no member, and receives the events that it missed when it resumes, once and in order', async () => {
      const { publisher, receiver } = await openBoth();
      await publish(publisher, 10, publisher, receiver);
      await leave(receiver);
      await publisher.member.call('untilMembers', 1);
      // By now publishers do not wait for the frozen member.
      await publish(publisher, 30, publisher);
      await comeBack(receiver);
      await publisher.member.call('untilMembers', 2);
      await publish(publisher, 10, publisher, receiver);
      // The page is the same, so the earlier events are still recorded.
      await expectReceived(receiver, 'publisher', countingTo(50));
      expect((await receiver.member.call('report')).observed).toEqual({});
    });

    test('publishes its waiting events when it resumes', async () => {
      const { publisher, receiver } = await openBoth();
      await publish(receiver, 10, publisher, receiver);
      await leave(receiver);
      await publisher.member.call('untilMembers', 1);
      await comeBack(receiver);
      await publish(receiver, 10, publisher, receiver);
      await expectReceived(publisher, 'receiver', countingTo(20));
    });

    test('reports the number of missed events that no member keeps', async () => {
      const { publisher, receiver } = await openBoth({ repairEvents: 10 });
      await publish(publisher, 10, publisher, receiver);
      await leave(receiver);
      await publisher.member.call('untilMembers', 1);
      await publish(publisher, 30, publisher);
      await comeBack(receiver);
      await publisher.member.call('untilMembers', 2);
      const kept = countingTo(40).filter((number) => number <= 10 || number > 30);
      await expectReceived(receiver, 'publisher', kept);
      const { observed, missed } = await receiver.member.call('report');
      expect({ observed, missed }).toEqual({ observed: { 'events-missed': 1 }, missed: 20 });
    });
  });
