import type { Confirmation, Receipt, ReceiptOutcome } from '../../../core/events/receipts.ts';
import { safeObserver } from '../../../core/reports/observer.ts';
import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Membership } from '../members/membership.ts';
import { answerTimeout } from '../wire/answer-timeout.ts';
import type { WireReceipt } from '../wire/messages.ts';
import { SeenIds } from '../wire/seen-ids.ts';
import type { ResolvedTerms } from './confirm-terms.ts';

interface Pending {
  readonly channel: string;
  readonly terms: ResolvedTerms;
  /** The members that have not answered. */
  readonly awaited: Set<string>;
  readonly receipts: Map<string, Receipt>;
  readonly end: () => void;
  readonly onReceipt: (receipt: Receipt) => void;
}

/** Events of this context that wait for receipts, and the receipts that have come. */
export class Confirmations {
  readonly #membership: Membership;
  readonly #pending = new Map<string, Pending>();
  /** Further receipts for these events are late, and not unexpected. */
  readonly #ended = new SeenIds();

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  /** Waits for the receipts of `members`. Resolves when the terms are met, or when no member is left that can meet them. */
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
        for (const memberId of pending.awaited) this.#note(pending, memberId, 'timed-out');
        const receipts = [...pending.receipts.values()];
        const isConfirmed = isMet(terms, pending);
        resolve({ eventId, isConfirmed, receipts });
      };
      const onReceipt = safeObserver<Receipt>(terms.onReceipt ?? (() => undefined));
      const awaited = new Set(members);
      const pending: Pending = { channel, terms, awaited, receipts: new Map(), end, onReceipt };
      this.#pending.set(eventId, pending);
      stops.push(answerTimeout(this.#membership.runtime, terms.timeoutMs, end));
      stops.push(this.#membership.watch(channel, () => void this.#findVanished(eventId)));
      // A member may have left before the watch began. There may also be no member at all.
      void this.#findVanished(eventId);
    });
  }

  /** Whether the receipt is expected, or was until its event ended. */
  receive(memberId: string, { eventId, outcome, ...rest }: WireReceipt): boolean {
    const pending = this.#pending.get(eventId);
    if (pending === undefined) return this.#ended.has(eventId);
    // The first answer counts. A member that seemed to have vanished can still answer.
    if ((pending.receipts.get(memberId)?.outcome ?? 'vanished') !== 'vanished') return true;
    this.#note(pending, memberId, outcome, rest);
    this.#endIfMet(pending);
    return true;
  }

  /** Ends all waits. */
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
    for (const memberId of pending.awaited)
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
    pending.awaited.delete(memberId);
    pending.receipts.set(memberId, receipt);
    pending.onReceipt(receipt);
  }

  #endIfMet(pending: Pending): void {
    const { terms, awaited } = pending;
    if (awaited.size === 0 || (terms.confirm !== 'all' && isMet(terms, pending))) pending.end();
  }
}

function isMet({ confirm }: ResolvedTerms, { receipts }: Pick<Pending, 'receipts'>): boolean {
  const all = [...receipts.values()];
  const acknowledged = all.filter(({ outcome }) => outcome === 'acknowledged');
  if (confirm === 'all') return acknowledged.length === all.length;
  if (confirm === 'reply') return acknowledged.some((receipt) => 'reply' in receipt);
  return acknowledged.length >= confirm;
}
