import { safeObserver } from '../../../core/observer.ts';
import type { Member } from '../../../core/receipts.ts';
import type { Stop } from '../../../core/runtime.ts';
import type { Membership } from './membership.ts';

/** Tells `watcher` the members at first, and then at each change; a look that is overtaken by another tells nothing. */
export function watchMembers(
  membership: Membership,
  channel: string,
  watcher: (members: readonly Member[]) => unknown,
): Stop {
  const tell = safeObserver(watcher);
  let lookCount = 0;
  let lastSeen: string | undefined;
  const look = async () => {
    lookCount += 1;
    const number = lookCount;
    const members = await membership.members(channel);
    const seen = String(members.map(({ memberId }) => memberId).sort());
    if (number !== lookCount || seen === lastSeen) return;
    lastSeen = seen;
    tell(members);
  };
  const stop = membership.watch(channel, look);
  void look();
  return () => {
    // Whatever look is under way is overtaken.
    lookCount += 1;
    stop();
  };
}
