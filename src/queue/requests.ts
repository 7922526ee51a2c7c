import { checkChannelName } from '../core/channel-name.ts';
import type { Command } from '../core/lifecycle.ts';
import type { Lease } from '../core/message.ts';
import {
  checkOptions,
  checkSignal,
  checkWholeNumber,
  DEFAULT_SETTINGS,
  refuse,
} from '../core/options.ts';
import type { DequeueOptions, NackOptions, RejectOptions } from '../core/protocols.ts';
import type { ClaimRequest, SettleRequest } from './event-store.ts';

/** What both queue backends check of their arguments, in one place. */

const MS = ' of milliseconds';

export function claimRequest(
  channel: string,
  limit: number,
  pollIntervalMs: number,
  options: DequeueOptions = {},
): ClaimRequest {
  checkChannelName(channel);
  checkOptions(options);
  checkWholeNumber('pollIntervalMs', pollIntervalMs, 0, MS);
  checkSignal(options.signal);
  const { leaseMs = DEFAULT_SETTINGS.leaseMs, maxAttempts = DEFAULT_SETTINGS.maxAttempts } =
    options;
  return {
    channel,
    limit: checkWholeNumber('limit', limit, 1),
    leaseMs: checkWholeNumber('leaseMs', leaseMs, 1, MS),
    maxAttempts: checkWholeNumber('maxAttempts', maxAttempts, 1),
  };
}

export function channelRequest(channel: string): string {
  checkChannelName(channel);
  return channel;
}

export function nackCommand(options: NackOptions = {}): Command {
  checkOptions(options);
  const { delayMs = 0, error = null } = options;
  return { verb: 'nack', delayMs: checkWholeNumber('delayMs', delayMs, 0, MS), error };
}

export function rejectCommand(options: RejectOptions = {}): Command {
  checkOptions(options);
  const { reason: note = null, error = null } = options;
  if (note !== null && typeof note !== 'string') refuse('reason', 'a string', note);
  return { verb: 'reject', note, error };
}

export function extendCommand(ms: number): Command {
  return { verb: 'extend', ms: checkWholeNumber('ms', ms, 1, MS) };
}

interface Delivered {
  readonly lease: Lease;
  readonly channel: string;
}

/** What one backend delivered and nobody settled through it: fills in the lease of a bare id. */
export class DeliveredLeases {
  readonly #delivered = new Map<string, Delivered>();

  add(eventId: string, delivered: Delivered): void {
    this.#delivered.set(eventId, delivered);
  }

  channelOf(eventId: string): string | undefined {
    return this.#delivered.get(eventId)?.channel;
  }

  /** The request to settle, or null where no lease is given and none is known. */
  request(eventId: string, lease: Lease | undefined, command: Command): SettleRequest | null {
    if (typeof eventId !== 'string') refuse('eventId', 'a string', eventId);
    if (lease !== undefined) checkWholeNumber('lease', lease, 0);
    const known = lease ?? this.#delivered.get(eventId)?.lease;
    return known === undefined ? null : { eventId, lease: known, command };
  }

  /** The lease is spent; a newer one of the same event stays. */
  forget({ eventId, lease }: SettleRequest): void {
    if (this.#delivered.get(eventId)?.lease === lease) this.#delivered.delete(eventId);
  }

  /** The channels of everything still held. */
  channels(): Set<string> {
    return new Set([...this.#delivered.values()].map(({ channel }) => channel));
  }

  /** Everything still held, as requests to give it back; nothing is held afterwards. */
  releaseAll(): SettleRequest[] {
    const requests = [...this.#delivered].map(([eventId, { lease }]) => ({
      eventId,
      lease,
      command: nackCommand(),
    }));
    this.#delivered.clear();
    return requests;
  }
}
