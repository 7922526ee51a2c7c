import type { Member } from '../../../core/events/receipts.ts';
import { safeObserver } from '../../../core/reports/observer.ts';
import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Membership } from './membership.ts';

/** Calls `watcher` with the members, at first and at each change. Only the newest query of them can call it. */
export function watchMembers(
  membership: Membership,
  channel: string,
  watcher: (members: readonly Member[]) => unknown,
): Stop {
  const notify = safeObserver(watcher);
  let queryCount = 0;
  let lastIds: string | undefined;
  const query = async () => {
    queryCount += 1;
    const number = queryCount;
    const members = await membership.members(channel);
    const ids = String(members.map(({ memberId }) => memberId).sort());
    if (number !== queryCount || ids === lastIds) return;
    lastIds = ids;
    notify(members);
  };
  const stop = membership.watch(channel, query);
  void query();
  return () => {
    // A query in progress is then no longer the newest.
    queryCount += 1;
    stop();
  };
}
