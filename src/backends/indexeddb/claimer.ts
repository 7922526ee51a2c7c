import { ignore } from '../../core/ignore.ts';
import { expire } from '../../core/lifecycle.ts';
import type { DeadLetter, EventMessage } from '../../core/message.ts';
import type { ClaimRequest } from '../../queue/event-store.ts';
import { amendClaim } from './amend-claim.ts';
import { type Choice, chooseEvents } from './choose-events.ts';
import type { Seen } from './connection.ts';
import { leasedOf, type OwnClaim } from './own-claim.ts';
import { freshSegments, type QueueView, viewQueue } from './queue-view.ts';
import type { ClaimRow } from './schema.ts';
import { firstExpiry, unpackSpans } from './spans.ts';
import { type ClaimContext, takeEvents } from './take-events.ts';

const MAX_SEGMENTS = 128;

/** What came of asking one queue for events. */
export interface Claimed {
  /** The last look. */
  readonly view: QueueView;
  /** Null where nothing was due. */
  readonly claim: OwnClaim | null;
  readonly choice: Choice;
  readonly messages: readonly EventMessage[];
}

export interface ClaimerOptions extends ClaimContext {
  /** Something expired and was taken back; `letters` of it died. */
  readonly onTakenBack: (queue: string, letters: readonly DeadLetter[]) => void;
}

/**
 * Claims from one queue. A round is a look (one read-only transaction), a choice (pure), and one guarded
 * transaction that adds the queue's next epoch: where another context added it first, another round.
 * One claim at a time in a context, which would else be its own competitor.
 */
export class Claimer {
  readonly #options: ClaimerOptions;
  /** The queue's cursor as last known. It never goes back, so that an old value costs time at worst. */
  #cursor = { seq: 0, at: 0 };
  /** How many events a segment had on average at the last look. */
  #segmentSize = 16;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ClaimerOptions) {
    this.#options = options;
  }

  claim(request: ClaimRequest): Promise<Claimed> {
    const result = this.#turn.then(() => this.#claim(request));
    // The next in turn starts afresh; this one's failure goes to its own caller.
    this.#turn = result.catch(ignore);
    return result;
  }

  async #claim(request: ClaimRequest): Promise<Claimed> {
    for (;;) {
      const view = await this.#look(request.limit);
      const expired = view.claims.filter((claim) => firstExpiry(claim) <= view.seen.at);
      for (const claim of expired) await this.#takeBack(claim, view.seen);
      if (expired.length > 0) continue;
      const choice = chooseEvents(view, request.limit);
      if (choice.chosen.length === 0) return { view, choice, claim: null, messages: [] };
      const taken = await takeEvents(this.#options, view, choice, request);
      if (taken === null) continue;
      this.#cursor = choice.cursor;
      return { view, choice, ...taken };
    }
  }

  /** Takes in as many segments as `limit` events are likely to need; where that was too few, all that it may. */
  async #look(limit: number): Promise<QueueView> {
    const likely = Math.ceil(limit / this.#segmentSize) + (this.#cursor.at > 0 ? 1 : 0);
    const maxSegments = Math.min(MAX_SEGMENTS, likely);
    const view = await this.#view(maxSegments);
    const fresh = freshSegments(view);
    const eventCount = fresh.reduce((sum, { ids }) => sum + ids.length, 0);
    if (eventCount > 0) this.#segmentSize = eventCount / fresh.length;
    const isCut = view.segments.length === maxSegments;
    const isEnough = eventCount - view.newest.cursor.at >= limit || fresh.length === MAX_SEGMENTS;
    return isCut && !isEnough ? this.#view(MAX_SEGMENTS) : view;
  }

  async #view(maxSegments: number): Promise<QueueView> {
    const { connection, queue } = this.#options;
    const view = await viewQueue(connection, queue, this.#cursor.seq, maxSegments);
    this.#cursor = view.newest.cursor;
    return view;
  }

  /** Takes back what of `claim` has expired. Where it fails somebody else has changed the claim: look again. */
  async #takeBack(claim: ClaimRow, seen: Seen): Promise<void> {
    const now = seen.at;
    const { connection, queue, onTakenBack } = this.#options;
    const all = unpackSpans(claim);
    const held = all.filter(({ expiresAt }) => expiresAt > now);
    const changes = all
      .filter(({ expiresAt }) => expiresAt <= now)
      .map((event) => ({ event, outcome: expire(leasedOf(claim, event), now) }));
    const letters = await amendClaim(connection, {
      claim,
      seen,
      changes,
      held,
      spentSegments: [],
    });
    if (letters) onTakenBack(queue, letters);
  }
}
