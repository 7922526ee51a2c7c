import type { HistoryOutcome, HistoryRecord } from '../../../src/testing/history/history-record.ts';
import {
  type BegunCall,
  type ChaosBatch,
  type ChaosCommand,
  type ChaosEntry,
  type ContextKind,
  contextName,
  type SlowCall,
} from './chaos-messages.ts';
import { type Ending, type EndOfContext, endOf, type KnownContext } from './lifetimes.ts';

/** A time in which stored events may have been deleted with the data of the site. */
interface Reset {
  /** Events published before were accounted for. */
  readonly from: number;
  readonly to: number;
}

/** What the runner has received from one context, in all of its incarnations. */
interface Account {
  readonly incarnations: KnownContext[];
  readonly open: Map<number, BegunCall>;
  lastBatch: number;
  /** Batches that never came although later ones did. */
  missingBatches: number;
  strayAnswers: number;
}

/** Collects the reports of all contexts, and makes one history of them. */
export class ChaosLedger {
  readonly endings: Ending[] = [];
  readonly slow: SlowCall[] = [];
  mode: ChaosCommand['mode'] = 'work';
  longestMs = 0;
  acknowledged = 0;
  readonly #records: HistoryRecord[] = [];
  readonly #accounts = new Map<string, Account>();
  readonly #resets: Reset[] = [];
  /** By tab, when its page was heard of last. */
  readonly #heard = new Map<string, number>();

  /** By tab, when its page reported a delivery last. */
  readonly #consumed = new Map<string, number>();

  accept(batch: ChaosBatch): ChaosCommand {
    const account = this.#accountOf(batch);
    const isRepeated = batch.number <= account.lastBatch;
    account.missingBatches += Math.max(0, batch.number - account.lastBatch - 1);
    account.lastBatch = Math.max(account.lastBatch, batch.number);
    account.strayAnswers = batch.strayAnswers;
    this.longestMs = Math.max(this.longestMs, batch.longestMs);
    if (batch.kind === 'page') this.#heard.set(batch.tab, Date.now());
    if (!isRepeated) for (const entry of batch.entries) this.#take(entry, batch, account);
    return { mode: this.mode, base: batch.base, number: batch.number };
  }

  /**
   * What the runner does not know although a context believes it does: batches that never came. `strayAnswers` were noticed by
   * the contexts, which then sent their batch again.
   */
  get reports(): { readonly missing: number; readonly strayAnswers: number } {
    const accounts = [...this.#accounts.values()];
    return {
      missing: accounts.reduce((sum, { missingBatches }) => sum + missingBatches, 0),
      strayAnswers: accounts.reduce((sum, { strayAnswers }) => sum + strayAnswers, 0),
    };
  }

  /** What is known of the context that published an event, whose name begins with that of the context. */
  publisherOf(eventId: string): string {
    const [base = ''] = eventId.split('#');
    const account = this.#accounts.get(base);
    if (!account) return `no batch of ${base} was ever received`;
    const { lastBatch, missingBatches, strayAnswers, incarnations } = account;
    return (
      `${base}: last batch ${lastBatch} at ${incarnations.at(-1)?.lastAt}, ` +
      `${missingBatches} missing, ${strayAnswers} stray answers`
    );
  }

  get contexts(): readonly KnownContext[] {
    return [...this.#accounts.values()].flatMap(({ incarnations }) => incarnations);
  }

  countContexts(kind: ContextKind): number {
    return [...this.#accounts.values()].filter(({ incarnations: [first] }) => first?.kind === kind)
      .length;
  }

  /** When the page of a tab was heard of last. */
  heardOf(tab: string): number {
    return this.#heard.get(tab) ?? 0;
  }

  /** When the page of a tab reported a delivery last. */
  consumedAt(tab: string): number {
    return this.#consumed.get(tab) ?? 0;
  }

  /** Contexts that have run since `time` and have not stopped. */
  runningSince(time: number): readonly KnownContext[] {
    return [...this.#accounts.values()].flatMap(({ incarnations }) => {
      const newest = incarnations.at(-1);
      return newest && !newest.isStopped && newest.lastAt >= time ? [newest] : [];
    });
  }

  noteReset(reset: Reset): void {
    this.#resets.push(reset);
  }

  /** When each context ended, without those that reported it themselves. */
  ends(): Map<string, EndOfContext> {
    const ends = new Map<string, EndOfContext>();
    for (const context of this.contexts) {
      const end = endOf(context, this.endings);
      if (end) ends.set(context.name, end);
    }
    return ends;
  }

  /** All records, with the calls whose answers were lost and the ends of contexts. */
  history(): HistoryRecord[] {
    const ends = this.ends();
    const lost = [...this.#accounts.values()].flatMap(({ open }) =>
      [...open.values()].map((begun) => ({
        ...begun,
        time: Math.max(begun.invoked, ends.get(begun.context)?.at ?? 0),
        outcome: 'unknown' as const,
      })),
    );
    const ended = [...ends].map(([context, { at }]) => ({
      ...{ context, operation: 'end' as const, channel: '', outcome: 'ok' as const },
      ...{ invoked: at, time: at },
    }));
    return [...this.#records, ...lost, ...ended];
  }

  /** The history as the checker reads it. Events that a reset may have deleted are not promised. */
  checkable(history: readonly HistoryRecord[]): HistoryRecord[] {
    return excuse(history, this.#resets);
  }

  /** Whether a context that still runs waits for the answer to a publish. */
  get isPublishing(): boolean {
    const running = new Set(this.runningSince(Date.now() - 3_000).map(({ name }) => name));
    return [...this.#accounts.values()].some(({ open }) =>
      [...open.values()].some(
        ({ operation, context }) => operation === 'publish' && running.has(context),
      ),
    );
  }

  #accountOf({ base, tab, kind, origins, at }: ChaosBatch): Account {
    const account: Account = this.#accounts.get(base) ?? {
      ...{ incarnations: [], open: new Map<number, BegunCall>(), lastBatch: 0 },
      ...{ missingBatches: 0, strayAnswers: 0 },
    };
    this.#accounts.set(base, account);
    for (const [index, origin] of origins.entries()) {
      const name = contextName(base, index);
      account.incarnations[index] ??= {
        ...{ name, tab, kind, origin, lastAt: origin, isStopped: false },
      };
    }
    const newest = account.incarnations.at(-1);
    if (newest) newest.lastAt = Math.max(newest.lastAt, at);
    return account;
  }

  #take(entry: ChaosEntry, batch: ChaosBatch, account: Account): void {
    switch (entry.type) {
      case 'begin':
        account.open.set(entry.call, entry.record);
        break;
      case 'end':
        this.#end(account, entry);
        break;
      case 'whole':
        this.#records.push(entry.record);
        if (batch.kind === 'page' && entry.record.operation === 'deliver')
          this.#consumed.set(batch.tab, Date.now());
        if (entry.record.operation === 'end') this.#stop(account);
        break;
      case 'slow':
        this.slow.push(entry.slow);
        break;
      case 'terminate':
        this.endings.push({ reach: 'worker', tab: batch.tab, at: entry.at, cause: 'crash' });
        break;
      case 'stopped':
        this.#stop(account);
        break;
      default:
        throw new Error(`unknown entry ${JSON.stringify(entry satisfies never)}`);
    }
  }

  #end(
    account: Account,
    { call, outcome, time }: { call: number; outcome: HistoryOutcome; time: number },
  ): void {
    const begun = account.open.get(call);
    if (!begun) return;
    account.open.delete(call);
    if (begun.operation === 'ack' && outcome === 'ok') this.acknowledged += 1;
    this.#records.push({ ...begun, outcome, time });
  }

  #stop(account: Account): void {
    const newest = account.incarnations.at(-1);
    if (newest) newest.isStopped = true;
  }
}

/**
 * Events that were published before a reset, and that nothing accounts for, may have been deleted with the data of the site:
 * their publishes count as unknown.
 */
function excuse(records: readonly HistoryRecord[], resets: readonly Reset[]): HistoryRecord[] {
  return records.map((record) => {
    const { operation, invoked, outcome } = record;
    if (operation !== 'publish' || outcome !== 'ok') return record;
    const isDeleted = resets.some(({ from, to }) => invoked >= from && invoked <= to);
    return isDeleted ? { ...record, outcome: 'unknown' as const } : record;
  });
}
