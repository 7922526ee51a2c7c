import { safeObserver } from '../../../core/observer.ts';
import type { Confirmation, Receipt, ReceiptOutcome } from '../../../core/receipts.ts';
import type { Stop } from '../../../core/runtime.ts';
import { afterListening } from '../members/after-listening.ts';
import type { Membership } from '../members/membership.ts';
import type { WireReceipt } from '../wire/messages.ts';
import { SeenIds } from '../wire/seen-ids.ts';
import type { ResolvedTerms } from './confirm-terms.ts';

interface Pending {
  readonly channel: string;
  readonly terms: ResolvedTerms;
  /** Who is waited for. */
  readonly open: Set<string>;
  readonly receipts: Map<string, Receipt>;
  readonly end: () => void;
  readonly tell: (receipt: Receipt) => void;
}

/** What this context published and waits for: who answered what, and who never will. */
export class Confirmations {
  readonly #membership: Membership;
  readonly #pending = new Map<string, Pending>();
  /** Receipts that still come for these are late, not foreign. */
  readonly #ended = new SeenIds();

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  /** The event goes to `members`; resolves when `terms` are met, or nobody is left to meet them. */
  expect(
    event: { readonly eventId: string; readonly channel: string },
    members: readonly string[],
    terms: ResolvedTerms,
  ): Promise<Confirmation> {
    const { eventId, channel } = event;
    return new Promise((resolve) => {
      const stops: Stop[] = [];
      const end = () => {
        for (const stop of stops) stop();
        this.#pending.delete(eventId);
        this.#ended.add(eventId);
        for (const memberId of pending.open) this.#note(pending, memberId, 'timed-out');
        const receipts = [...pending.receipts.values()];
        const isConfirmed = isMet(terms, pending);
        resolve({ eventId, isConfirmed, receipts });
      };
      const tell = safeObserver<Receipt>(terms.onReceipt ?? (() => undefined));
      const open = new Set(members);
      const pending: Pending = { channel, terms, open, receipts: new Map(), end, tell };
      this.#pending.set(eventId, pending);
      stops.push(afterListening(this.#membership.runtime, terms.timeoutMs, end));
      stops.push(this.#membership.watch(channel, () => void this.#findVanished(eventId)));
      // Who went between the look at the members and the watch has told nobody; and there may be nobody to wait for.
      void this.#findVanished(eventId);
    });
  }

  /** Answers whether anybody waits for it, or did. */
  hear(memberId: string, { eventId, outcome, ...rest }: WireReceipt): boolean {
    const pending = this.#pending.get(eventId);
    if (pending === undefined) return this.#ended.has(eventId);
    // The first answer counts; only of one that seemed to have vanished there may be a second word.
    if ((pending.receipts.get(memberId)?.outcome ?? 'vanished') !== 'vanished') return true;
    this.#note(pending, memberId, outcome, rest);
    this.#endIfMet(pending);
    return true;
  }

  /** Waits no longer for anything. */
  close(): void {
    for (const { end } of [...this.#pending.values()]) end();
  }

  async #findVanished(eventId: string): Promise<void> {
    const channel = this.#pending.get(eventId)?.channel;
    if (channel === undefined) return;
    const members = await this.#membership.members(channel);
    const memberIds = members.map(({ memberId }) => memberId);
    const pending = this.#pending.get(eventId);
    if (pending === undefined) return;
    for (const memberId of pending.open)
      if (!memberIds.includes(memberId)) this.#note(pending, memberId, 'vanished');
    this.#endIfMet(pending);
  }

  #note(
    pending: Pending,
    memberId: string,
    outcome: ReceiptOutcome,
    rest: Pick<Receipt, 'reason' | 'reply'> = { reason: null },
  ): void {
    const isSelf = memberId === this.#membership.selfId;
    const receipt = Object.freeze({ memberId, isSelf, outcome, ...rest });
    pending.open.delete(memberId);
    pending.receipts.set(memberId, receipt);
    pending.tell(receipt);
  }

  #endIfMet(pending: Pending): void {
    const { terms, open } = pending;
    if (open.size === 0 || (terms.confirm !== 'all' && isMet(terms, pending))) pending.end();
  }
}

function isMet({ confirm }: ResolvedTerms, { receipts }: Pick<Pending, 'receipts'>): boolean {
  const all = [...receipts.values()];
  const acknowledged = all.filter(({ outcome }) => outcome === 'acknowledged');
  if (confirm === 'all') return acknowledged.length === all.length;
  if (confirm === 'reply') return acknowledged.some((receipt) => 'reply' in receipt);
  return acknowledged.length >= confirm;
}
