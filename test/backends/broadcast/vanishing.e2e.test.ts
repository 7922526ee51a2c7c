// Covers src/backends/broadcast/members/lock-roster.ts
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MemberTab, MemberWorld } from './contexts/member-world.ts';
import { RemoteMember } from './contexts/remote.ts';

const ROUNDS = 10;

let world: MemberWorld;
let publisher: MemberTab;

beforeAll(async () => {
  world = await MemberWorld.open();
  publisher = await world.openTab('publisher');
});

afterAll(() => world?.close());

/** Times in milliseconds since the end of a member. */
interface Delays {
  /** Until the publisher got the receipt. */
  readonly receipt: number;
  /** Until the platform granted the lock of the member to another context. */
  readonly lock: number;
}

/** `end` ends the only member, and returns the time of its end. */
async function endWhileHolding(member: RemoteMember, end: () => Promise<number>): Promise<Delays> {
  await member.call('listen');
  await publisher.member.call('untilMembers', 1);
  await member.call('hold');
  const receipts = publisher.member.call('timeReceipts');
  await member.call('untilHeld');
  const { memberId } = await member.call('report');
  const lock = publisher.tab.page.evaluate((name) => {
    const now = () => performance.timeOrigin + performance.now();
    return navigator.locks.request(name, { mode: 'shared' }, now);
  }, `ackline-broadcast:members:news ${memberId}`);
  const endedAt = await end();
  const [receipt, ...others] = await receipts;
  // The timeout of the publisher is a minute away, so this outcome is not `timed-out`.
  expect(receipt).toMatchObject({ memberId, outcome: 'vanished' });
  expect(others).toEqual([]);
  return { receipt: Number(receipt?.at) - endedAt, lock: (await lock) - endedAt };
}

/** The speed depends on the machine, so it is printed and not tested. */
function print(what: string, delays: readonly Delays[]): void {
  for (const kind of ['receipt', 'lock'] as const) {
    const sorted = delays.map((one) => Math.round(one[kind])).sort((left, right) => left - right);
    const p50 = sorted[Math.floor(sorted.length / 2)];
    console.log(
      `${what} to ${kind}: p50 ${p50} ms, max ${sorted.at(-1)} ms of ${sorted.join(' ')}`,
    );
  }
}

test(`when a tab crashes, its lock shows it and it is reported as vanished, ${ROUNDS} times`, async () => {
  const delays: Delays[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { tab, member } = await world.openTab('doomed');
    let crashed = Promise.resolve();
    const end = async () => {
      const endedAt = Date.now();
      crashed = tab.crash();
      return endedAt;
    };
    delays.push(await endWhileHolding(member, end));
    await crashed;
    await tab.page.close();
  }
  print('crash', delays);
});

test(`when a worker is terminated, it is reported as vanished, ${ROUNDS} times`, async () => {
  const { page } = publisher.tab;
  const delays: Delays[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const worker = await RemoteMember.startWorker(page, 'dedicated', `doomed ${round}`);
    const end = () =>
      page.evaluate((name) => {
        const endedAt = performance.timeOrigin + performance.now();
        window.terminateMember(name);
        return endedAt;
      }, worker.name);
    delays.push(await endWhileHolding(worker, end));
  }
  print('termination', delays);
});
