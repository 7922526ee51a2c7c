// Covers src/backends/broadcast/members/member-watchers.ts, src/backends/broadcast/members/watch-members.ts
import { expect, test } from 'vitest';
import { mortalLocks } from '../../../support/mortal-locks.ts';
import { until } from '../../../support/until.ts';
import { newName, openOn } from '../open-on.ts';
import { SimulatedWorld } from '../simulated-world.ts';

for (const locks of [navigator.locks, null]) {
  const means = locks ? 'by Web Locks' : 'by messages';

  test(`members: it returns the members, and at each change a watcher is called, ${means}`, async () => {
    const name = newName();
    const [one, two] = [openOn(name, { locks }), openOn(name, { locks })];
    const seen: string[][] = [];
    const stop = one.events.watchMembers('news', (members) => {
      seen.push(members.map(({ memberId }) => memberId).toSorted());
    });
    await until(() => seen.length === 1, 'the first query');
    const listener = one.listen();
    await until(() => seen.length === 2, 'itself');
    const listenerOfTwo = two.listen();
    await until(() => seen.length === 3, 'the other');
    await listener.stop();
    await until(() => seen.length === 4, 'itself gone');
    await listenerOfTwo.stop();
    await until(() => seen.length === 5, 'the other gone');
    two.listen();
    await until(() => seen.length === 6, 'the other back');
    await two.events.shutdown();
    await until(() => seen.length === 7, 'the other shut down');
    stop();
    expect(seen).toEqual([
      [],
      [one.memberId],
      [one.memberId, two.memberId].toSorted(),
      [two.memberId],
      [],
      [two.memberId],
      [],
    ]);
    expect(await one.events.members('other')).toEqual([]);
  });
}

test('when a context dies, it is no member, and its outcome is vanished before a heartbeat is missed', async () => {
  const name = newName();
  const [publisher, alive] = [openOn(name, { locks: navigator.locks }), openOn(name)];
  const locks = mortalLocks();
  const doomed = openOn(name, { locks });
  const isHeld = new Promise<void>((resolve) => {
    doomed.events.listen('news', () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  expect(alive.memberId).not.toBe(doomed.memberId);
  await until(
    async () => (await publisher.events.members('news')).length === 1,
    'the member that will die',
  );
  const waiting = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 600_000 });
  await isHeld;
  locks.die();
  expect((await waiting).receipts).toMatchObject([
    { memberId: doomed.memberId, outcome: 'vanished' },
  ]);
  expect(await publisher.events.members('news')).toEqual([]);
});

test('without Web Locks, a context that starts later finds members that have sent nothing for a minute', async () => {
  const world = new SimulatedWorld();
  const member = world.open('member');
  member.listen();
  await world.runtime.advance(60_000);
  const asking = world.open('asking').events.members('news');
  await world.runtime.advance(100);
  expect(await asking).toEqual([{ memberId: member.memberId, isSelf: false }]);
});
