import type { KeptResult } from '../../core/events/event-result.ts';
import type { ChannelStats, DeadLetter, Settlement } from '../../core/events/message.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';
import { Claimer } from './claiming/claimer.ts';
import type { ClaimerOptions } from './claiming/claimer-options.ts';
import { Claimers } from './claiming/claimers.ts';
import type { PreparedClaim } from './claiming/commit-claim.ts';
import { PublishedSegments } from './claiming/published-segments.ts';
import { retryNow } from './claiming/retry-now.ts';
import { verifyLeases } from './claiming/verify-leases.ts';
import { ClaimSettler } from './claims/claim-settler.ts';
import { burialRequests } from './claims/claim-state.ts';
import { hasResult, isFinal, letsGo, type OnClaimUpdated } from './claims/update-claim.ts';
import { DeadLetterCap } from './cleanup/dead-letter-cap.ts';
import { Housekeeping } from './cleanup/housekeeping.ts';
import { SpentSegments } from './cleanup/spent-segments.ts';
import { withEstimate } from './database/storage-estimate.ts';
import type { HintReceiver } from './hints/hint-listener.ts';
import { IdleScans } from './hints/idle-scans.ts';
import { appendingOf, type FeatureVerbs, verbsOf } from './indexeddb-feature.ts';
import { blockedKeys, releaseKey } from './inspection/blocked-keys.ts';
import { browseDeadLetters } from './inspection/browse-rows.ts';
import { StatsCounter } from './inspection/channel-stats.ts';
import type { MoveLettersParts } from './inspection/move-letters.ts';
import { readResults } from './inspection/read-results.ts';
import { Appender, type OnAdded } from './publishing/appender.ts';
import type { ReplacingParts } from './publishing/replaced-events.ts';
import type { QueueSnapshot } from './scanning/queue-snapshot.ts';
import type { IndexedDbStoreParts } from './store-parts.ts';

type ClaimerReports = Pick<ClaimerOptions, 'onClaimUpdated' | 'onQuarantined' | 'onScan'>;

/** Keeps events in IndexedDB, shared by all contexts. It connects the rooms: a method calls one and reports the change to the others. */
export class IndexedDbStore implements EventStore {
  /** Absent without the feature, as `cancel`. */
  readonly moveLetters?: FeatureVerbs['moveLetters'];
  readonly cancel?: FeatureVerbs['cancel'];
  readonly #parts: IndexedDbStoreParts & ClaimerReports;
  readonly scans: IdleScans;
  readonly #publishedSegments = new PublishedSegments();
  readonly #appender: Appender;
  readonly settler: ClaimSettler;
  readonly counter: StatsCounter;
  readonly #deadLetterCap: DeadLetterCap;
  readonly spentSegments: SpentSegments;
  readonly housekeeping: Housekeeping;
  readonly claimers: Claimers;
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  /** Claims wait for this: claims held before a suspension are held again, or known to be lost. */
  #resumed: Promise<void> = Promise.resolve();

  constructor(parts: IndexedDbStoreParts) {
    const { connection, clock = parts.runtime } = parts;
    this.#parts = {
      ...parts,
      onClaimUpdated: this.#noteUpdated,
      onQuarantined: (channel, unusable) => {
        for (const { store, reason } of unusable)
          this.report({ type: 'row-quarantined', channel, store, reason });
      },
      onScan: (snapshot) => this.#noteScan(snapshot),
    };
    const onFault = (channel: string, error: unknown) =>
      this.report({ type: 'fault', during: 'clean-up', channel, error });
    const publishedSegments = this.#publishedSegments;
    const scans = new IdleScans({ ...parts, clock });
    this.scans = scans;
    this.claimers = new Claimers({
      ...parts,
      open: (queue) => new Claimer({ ...this.#parts, ...{ queue, scans, publishedSegments } }),
      onDrop: (queue) => {
        this.scans.noteChange(queue);
        this.housekeeping.drop(queue);
      },
    });
    const verbs = verbsOf(parts.features, () => this.#deciding);
    Object.assign(this, verbs);
    const appending = appendingOf(parts.features, this.#deciding, this);
    this.#appender = new Appender(connection, this.#notePublished, appending);
    this.counter = new StatsCounter(connection, async (channel) => parts.onGroups(channel));
    this.#deadLetterCap = new DeadLetterCap(connection, parts.maxDeadLetters, (channel, count) =>
      this.report({ type: 'dead-letters-dropped', channel, count }),
    );
    this.spentSegments = new SpentSegments({ ...parts, onFault });
    this.settler = new ClaimSettler({
      ...this.#parts,
      spentSegments: this.spentSegments,
      lastScanOf: (queue) => this.claimers.get(queue)?.scanner.lastScan,
      onLost: (channel, eventId, lease) =>
        this.report({ type: 'lease-lost', channel, eventId, lease }),
    });
    this.housekeeping = new Housekeeping({
      ...{ connection, runtime: parts.runtime, clock, onFault },
      deadLetterCap: this.#deadLetterCap,
      spentSegments: this.spentSegments,
      settler: this.settler,
      isUsed: (queue) => this.claimers.get(queue) !== undefined,
    });
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    await this.#appender.append(events);
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    for (;;) {
      await this.#resumed;
      const claimer = this.claimers.use(request.channel);
      const claimed = await this.housekeeping.claims.during(claimer.claim(request));
      this.claimers.trim();
      if (!('claim' in claimed)) {
        if (claimed.snapshot) this.housekeeping.noteIdle(claimed.snapshot);
        return { messages: [], nextDueAt: claimed.nextDueAt };
      }
      // The events may be gone with their database since the claim.
      if (!this.settler.hold(claimed.claim, claimed.snapshot.stamp)) continue;
      this.#noteClaimed(claimed);
      if (claimed.buried.size > 0) await this.#bury(claimed);
      const held = await verifyLeases(this.#parts.connection, this.settler, claimed, request);
      if (held.messages.length > 0) return { ...held, nextDueAt: null };
    }
  }

  async settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    if (this.#parts.connection.isDestroyed) return requests.map(() => 'gone');
    const settlements = await this.settler.settle(requests);
    await this.housekeeping.dropOverdue();
    return settlements;
  }

  retryNow(channel: string, reason?: 'offline'): Promise<number> {
    return retryNow(this.#parts.connection, channel, this.claimers, reason);
  }

  stats(channel: string): Promise<ChannelStats> {
    return withEstimate(this.counter.stats(channel, this.#parts.runtime.now()));
  }

  deadLetters(channel: string, limit: number, after?: number): Promise<DeadLetter[]> {
    return browseDeadLetters(this.#parts.connection, channel, limit, after);
  }

  results(channel: string, eventIds: readonly string[]): Promise<(KeptResult | undefined)[]> {
    return readResults(this.#parts.connection, channel, eventIds, this.#parts.runtime.now());
  }

  blockedKeys(channel: string): Promise<string[]> {
    return blockedKeys(this.#parts.connection, channel);
  }

  releaseKey(channel: string, key: string): Promise<boolean> {
    return releaseKey(this.#deciding, channel, key);
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    this.#observers.add(report);
    return () => this.#observers.delete(report);
  }

  readonly report = (event: ObserverEvent): void => {
    for (const report of this.#observers) report(event);
  };

  /** To be called when another database may be in use, from `period` of the connection on. Drops everything that is cached. */
  forget(period?: number): void {
    for (const part of [this.claimers, this.#publishedSegments, this.scans]) part.clear();
    for (const part of [this.counter, this.#deadLetterCap, this.housekeeping]) part.clear();
    for (const part of [this.#appender, this.spentSegments]) part.forget();
    this.settler.forget(period);
  }

  /** The receiver of hints about this queue. Undefined if this context has no cache of the queue. */
  receiverOf(queue: string): HintReceiver | undefined {
    return this.claimers.get(queue);
  }

  trim(): void {
    this.claimers.trim();
  }

  /** The page runs again. The leases that it held are verified before it claims anything else. */
  resume(): void {
    this.#resumed = this.settler.adopt().catch((error: unknown) => {
      this.report({ type: 'fault', during: 'resume', channel: '', error });
    });
  }

  async close(): Promise<void> {
    this.#parts.onClose();
    this.housekeeping.close();
    await this.spentSegments.close();
    this.#parts.ownerLock.release();
    return this.#parts.connection.close();
  }

  get #deciding(): MoveLettersParts & ReplacingParts {
    return { ...this.#parts, claimers: this.claimers, report: this.report };
  }

  /** Makes dead letters of the claimed events that are not delivered. After a fault they are leased until the lease expires. */
  async #bury({ buried, claim }: PreparedClaim): Promise<void> {
    const { queue: channel } = claim.row;
    await this.settle(burialRequests(claim, buried)).catch((error: unknown) =>
      this.report({ type: 'fault', during: 'clean-up', channel, error }),
    );
  }

  #noteClaimed({ snapshot, choice }: PreparedClaim): void {
    this.#parts.onChange(snapshot.queue);
    this.housekeeping.noteClaimed(snapshot);
    for (const { seq, segmentSize } of [...choice.chosen, ...(choice.keyed?.parked ?? [])])
      if (segmentSize !== undefined)
        this.spentSegments.noteClaimed(snapshot.queue, seq, segmentSize);
  }

  readonly #notePublished: OnAdded = (segments, delayed, hasIds) => {
    if (hasIds) this.housekeeping.notePublishedIds();
    for (const { seq, row } of segments) {
      this.#publishedSegments.add(seq, row);
      this.scans.noteChange(row.queue);
    }
    for (const { channel } of delayed) this.claimers.get(channel)?.invalidate();
  };

  async #noteScan(snapshot: QueueSnapshot): Promise<void> {
    const { queue, newest } = snapshot;
    await this.settler.compare(queue, snapshot);
    if (newest.copiedSeq !== undefined) this.#parts.onGroups(queue);
  }

  readonly #noteUpdated: OnClaimUpdated = ({ queue, isAwaited }, changes, letters) => {
    this.#parts.onChange(queue);
    this.housekeeping.noteChanged(queue, changes.some(hasResult));
    const hasFreed = changes.some((change) => letsGo(change, isAwaited));
    if (hasFreed || !changes.every(isFinal)) this.claimers.get(queue)?.invalidate();
    if (hasFreed) this.#parts.onFreed(queue);
    this.#deadLetterCap.noteStored(queue, letters.length);
    for (const { channel, eventId, reason, attempts } of letters)
      this.report({ type: 'dead-lettered', channel, eventId, reason, attempts });
  };
}
