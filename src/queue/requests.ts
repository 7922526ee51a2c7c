import { requireCapability } from '../core/delivery/settler.ts';
import type { Failure } from '../core/events/death-reason.ts';
import type { Command } from '../core/events/lifecycle.ts';
import type { Lease } from '../core/events/message.ts';
import {
  applyOptions,
  checkChoice,
  checkOptions,
  checkSignal,
  checkWholeNumber,
  checkWholeNumberOrInfinity,
  DEFAULT_SETTINGS,
  refuse,
} from '../core/options/options.ts';
import type { AckOptions, NackOptions, RejectOptions } from '../core/options/settling-arguments.ts';
import { type SettlingOptions, settlingOptions } from '../core/options/settling-options.ts';
import type { BackendDescription, DequeueOptions } from '../core/protocols/protocols.ts';
import type { ClaimRequest, KnownRequest, KnownTarget, SettleRequest } from './event-store.ts';
import { checkQueueName } from './group-queues.ts';
import type { LeaseLedger } from './lease-ledger.ts';

/** What both queue backends check of their arguments, in one place. */

const { leaseMs, maxAttempts, maxHoldMs } = DEFAULT_SETTINGS;
const TERMS = { leaseMs, maxAttempts, maxHoldMs };
const TERM_RULES = { leaseMs: 1, maxAttempts: checkWholeNumberOrInfinity, maxHoldMs: 1 };

export function claimRequest(
  backend: BackendDescription,
  channel: string,
  limit: number,
  pollIntervalMs: number,
  options: DequeueOptions = {},
): ClaimRequest {
  checkQueueName(backend, channel);
  checkOptions(options);
  checkWholeNumber('pollIntervalMs', pollIntervalMs, 0);
  checkWholeNumber('limit', limit, 1);
  const { signal, staysIdle = false, keepAlive = false, ...terms } = options;
  checkSignal(signal);
  checkChoice('keepAlive', keepAlive, ['work', true, false]);
  if (options.leaseMs !== undefined) requireCapability(backend, 'leaseMs');
  if (options.maxHoldMs !== undefined) requireCapability(backend, 'maxHoldMs');
  checkChoice('staysIdle', staysIdle, [true, false]);
  if (staysIdle) requireCapability(backend, 'staysIdle');
  const applied = applyOptions(TERMS, terms, TERM_RULES);
  // Not every store can keep infinity. No event reaches this many attempts.
  const maxAttempts = Math.min(applied.maxAttempts, Number.MAX_SAFE_INTEGER);
  return { channel, limit, pollIntervalMs, signal, ...applied, maxAttempts };
}

const ACK: Command = { verb: 'ack' };

/** Converts a verb and its argument to a command. Invalid arguments throw. */
export function commandOf(
  verb: 'ack' | 'nack' | 'reject' | 'extend',
  given?: AckOptions | NackOptions | RejectOptions | number,
): Command {
  if (given === undefined && verb === 'ack') return ACK;
  if (verb === 'extend') return { verb, ms: checkWholeNumber('ms', given, 1) };
  const options = settlingOptions(verb, given);
  const { reply, reason = null, error = null } = options;
  if (verb === 'ack') return reply === undefined ? { verb } : { verb, reply };
  if (verb === 'reject') return { verb, note: reason, error };
  return nackOf(options);
}

const OFFLINE: Failure = { name: 'Error', message: 'offline' };

function nackOf({ delayMs = 0, reason, error, countsAsAttempt = true }: SettlingOptions): Command {
  const isOffline = reason === 'offline';
  const kept = isOffline ? { ...(error ?? OFFLINE), reason: 'offline' as const } : (error ?? null);
  return { verb: countsAsAttempt ? 'nack' : 'postpone', delayMs, error: kept };
}

/** The request to settle, or null where no lease is given and none is known. */
export function settleRequest(
  leases: LeaseLedger,
  eventId: string,
  given: Lease | undefined,
  command: Command,
  channel: string | undefined,
): SettleRequest | null {
  if (typeof eventId !== 'string') refuse('eventId', 'a string', eventId);
  if (given !== undefined) checkWholeNumber('lease', given, 0);
  const known = leases.find(eventId, channel);
  const lease = given ?? known?.lease;
  if (lease === undefined) return null;
  // A redriven event lies elsewhere, and only a newer lease can be of the redriven event.
  if (known && lease <= known.lease) return { ...known, lease, command };
  return { eventId, lease, channel: channel ?? known?.channel, command };
}

/** The requests that settle delivered events with one command, by default a nack. */
export function releaseRequests(
  targets: readonly KnownTarget[],
  command: Command = commandOf('nack'),
): KnownRequest[] {
  return targets.map((target) => ({ ...target, command }));
}
