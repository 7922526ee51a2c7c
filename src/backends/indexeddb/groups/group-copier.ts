import { channelOfQueue, groupOfQueue } from '../../../core/options/queue-name.ts';
import { noGroupError } from '../../../queue/group-queues.ts';
import type { Claimers } from '../claiming/claimers.ts';
import type { Connection } from '../database/connection.ts';
import { isCurrent, type ReadStamp } from '../database/read-stamp.ts';
import type { CopiedChannel } from '../publishing/replaced-in-groups.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  lowWaterOf,
  requestClaims,
  storedNewest,
} from '../scanning/claim-table.ts';
import { isOwnName, publicName } from '../schema/groups-row.ts';
import type { EpochRow } from '../schema/schema.ts';
import { copyStep, requestUncopied, type Uncopied, uncopiedOf } from './copy-events.ts';

export interface GroupCopierParts {
  readonly connection: Connection;
  readonly claimers: Pick<Claimers, 'get' | 'use'>;
  /** The newest epoch of a channel was read. */
  readonly onRead: (channel: string, newest: EpochRow) => void;
}

/** The groups of a channel at the last read. */
interface Known {
  readonly queues: readonly string[];
  readonly hasPlain: boolean;
  /** Of the last read. Undefined if there was none, or if another database may be in use. */
  readonly last?: { readonly stamp: ReadStamp; readonly uncopied: Uncopied };
}

/** A queue that is ready to be claimed from. */
export interface EnteredQueue {
  /** The own name of the queue. */
  readonly queue: string;
  readonly hasPlain: boolean;
  /** Why not all events could be copied. */
  readonly failure?: unknown;
}

const NONE: Known = { queues: [], hasPlain: true };

/**
 * Copies the events of channels with groups into the queues of the groups. An event is published once, into the channel. A
 * context that is about to use one of the channel's queues first copies what is published and not copied yet, to all groups.
 * Each copy step adds the next epoch of the channel's plain queue, so that one context alone makes it. The plain queue has
 * the events up to there. From then on each queue is a queue like any other.
 */
export class GroupCopier {
  readonly #parts: GroupCopierParts;
  /** The channels that are known to have groups. */
  readonly #known = new Map<string, Known>();

  constructor(parts: GroupCopierParts) {
    this.#parts = parts;
  }

  /** A scan has found that the channel has groups. Returns whether that was not known. */
  learn(channel: string): void {
    if (!this.#known.has(channel)) this.#known.set(channel, NONE);
  }

  isKnown(channel: string): boolean {
    return this.#known.has(channel);
  }

  /** The own name of a queue, as far as it is known without a read. */
  ownNameOf(name: string): string | undefined {
    if (groupOfQueue(name) === undefined || isOwnName(name)) return name;
    const { queues } = this.#known.get(channelOfQueue(name)) ?? NONE;
    return queues.find((queue) => publicName(queue) === name);
  }

  /** Copies what is left to copy in the channel of the queue, by its name `channel@group`. Throws `no-group`. */
  async enter(name: string): Promise<EnteredQueue> {
    if (isOwnName(name)) return { queue: name, hasPlain: true };
    let failure: unknown;
    const channel = channelOfQueue(name);
    await this.catchUp(channel).catch((error: unknown) => {
      failure = error;
    });
    const { hasPlain } = this.#known.get(channel) ?? NONE;
    const queue = this.ownNameOf(name);
    if (queue === undefined) throw failure ?? noGroupError(name);
    return { queue, hasPlain, ...(failure !== undefined && { failure }) };
  }

  /** Copies the events of a channel that were committed before this call. */
  async catchUp(channel: string): Promise<void> {
    let until: number | undefined;
    for (;;) {
      const { uncopied } = await this.#read(channel);
      if (!uncopied) return;
      until ??= uncopied.lastSeq;
      if (!((uncopied.segments[0]?.seq ?? Number.POSITIVE_INFINITY) <= until)) return;
      await this.#parts.claimers.use(channel).decide(1, () => this.#copy(channel));
    }
  }

  /** The own names of the groups at the last read. */
  groupsOf(channel: string): readonly string[] {
    return this.#known.get(channel)?.queues ?? [];
  }

  /**
   * Copies all events of a channel, for a decision of its plain queue that is in order with the claims already. Resolves with the
   * read after which nothing was left, and with undefined where the channel never had groups.
   */
  async copyAll(channel: string): Promise<CopiedChannel | undefined> {
    for (;;) {
      const { stamp, uncopied } = await this.#read(channel);
      if (!uncopied) return undefined;
      if (uncopied.segments.length === 0) return { stamp, ...uncopied };
      await this.#step(stamp, uncopied);
    }
  }

  /** Resolves with undefined where another context was first. */
  async #copy(channel: string): Promise<true | undefined> {
    const { stamp, uncopied } = await this.#read(channel);
    if (!uncopied || uncopied.segments.length === 0) return true;
    return (await this.#step(stamp, uncopied)) || undefined;
  }

  #step(stamp: ReadStamp, uncopied: Uncopied): Promise<boolean> {
    const { writes, ending } = copyStep(uncopied, stamp.at);
    return this.#parts.connection.decide(stamp, writes, { ending });
  }

  async #read(channel: string): Promise<{ stamp: ReadStamp; uncopied: Uncopied | undefined }> {
    const { connection } = this.#parts;
    const stamp = await connection.stamp();
    const last = this.#known.get(channel)?.last;
    const isUsable = last && isCurrent(last.stamp, stamp);
    const before = isUsable ? last.uncopied.table : await this.#storedTable(channel);
    const copiedSeq = before.newest.copiedSeq ?? 0;
    const found = await connection.read([...CLAIM_STORES, 'segments'], (tx) => ({
      claims: requestClaims(tx, channel, before.lowWater),
      ...requestUncopied(tx, channel, copiedSeq),
    }));
    const table = claimTableOf(channel, found.claims, before.lowWater);
    const uncopied = uncopiedOf(table, found);
    this.#note(channel, stamp, uncopied);
    return { stamp, uncopied };
  }

  async #storedTable(channel: string): Promise<Pick<Uncopied['table'], 'newest' | 'lowWater'>> {
    const newest = await storedNewest(this.#parts.connection, channel);
    return { newest, lowWater: lowWaterOf(newest) };
  }

  #note(channel: string, stamp: ReadStamp, uncopied: Uncopied | undefined): void {
    const before = this.#known.get(channel)?.last?.uncopied.table.newest;
    if (!uncopied) {
      this.#known.delete(channel);
      return;
    }
    const { groups, table } = uncopied;
    const { queues = [], hasPlain = true } = groups.at(-1) ?? {};
    this.#known.set(channel, {
      queues,
      hasPlain,
      last: { stamp, uncopied: { ...uncopied, segments: [] } },
    });
    this.#parts.onRead(channel, table.newest);
    // Any context has copied events.
    const { copiedSeq, copiedPosition } = table.newest;
    if (copiedSeq !== before?.copiedSeq || copiedPosition !== before?.copiedPosition)
      for (const queue of queues) this.#parts.claimers.get(queue)?.noteHint();
  }
}
