import { safeObserver } from '../../core/observer.ts';
import type { Member } from '../../core/receipts.ts';

/** Members as a caller is told them. */
export function membersOf(memberIds: readonly string[], selfId: string): Member[] {
  return memberIds.map((memberId) => ({ memberId, isSelf: memberId === selfId }));
}

/**
 * Tells one watcher the members of one channel, once at first and then at each change. A look that is overtaken by
 * another tells nothing.
 */
export class MemberWatch {
  readonly #look: () => Promise<readonly string[]>;
  readonly #selfId: string;
  readonly #tell: (members: readonly Member[]) => void;
  #lookCount = 0;
  #lastSeen: string | undefined;
  #isStopped = false;

  constructor(
    look: () => Promise<readonly string[]>,
    selfId: string,
    watcher: (members: readonly Member[]) => unknown,
  ) {
    this.#look = look;
    this.#selfId = selfId;
    this.#tell = safeObserver(watcher);
  }

  stop(): void {
    this.#isStopped = true;
  }

  readonly refresh = async (): Promise<void> => {
    this.#lookCount += 1;
    const number = this.#lookCount;
    const memberIds = await this.#look();
    const seen = memberIds.toSorted().join();
    if (this.#isStopped || number !== this.#lookCount || seen === this.#lastSeen) return;
    this.#lastSeen = seen;
    this.#tell(membersOf(memberIds, this.#selfId));
  };
}
