import type { Settlement } from '../../core/events/message.ts';
import { AcklineError } from '../../core/reports/errors.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Consumers } from './consumers.ts';
import type { HeldDelivery } from './held-delivery.ts';
import type { JetStream } from './jetstream.ts';
import { consumerOf } from './names.ts';
import { connectionError, isUnheard, unavailableError } from './nats-errors.ts';

export interface ConfirmParts {
  readonly api: JetStream;
  readonly consumers: Consumers;
  readonly report: (event: ObserverEvent) => void;
}

/** One try is given up after this time, so that a second one may reach the server before the lease ends. */
const TRY_MS = 1_000;

/**
 * Settles a delivery on the server, and waits for its confirmation. The server accepts a settlement of a delivery whose lease is over,
 * also where another consumer has the event, so this function is the fence: it sends nothing once the lease is over on the clock of
 * this context, and nothing while the connection is lost, because the client would send that later.
 * {@link https://github.com/nats-io/nats-server/issues/4786}
 *
 * - `ok`: the server had it before it could deliver the event again.
 * - `stale`: the lease was over. Nothing was sent, or the confirmation came too late, which is reported as a `fault`.
 * - `gone`: the consumer was deleted.
 *
 * Error: `unavailable` if something was sent and no confirmation came before the end of the lease.
 */
export async function confirm(
  parts: ConfirmParts,
  held: HeldDelivery,
  payload: string,
): Promise<Settlement> {
  const { api } = parts;
  let wasSent = false;
  let cause: unknown;
  for (let failures = 0; ; failures += 1) {
    await api.watch.whenOpen(held.leftMs(api.nowMs)).catch((error: AcklineError) => {
      if (error.code !== 'unavailable') throw error;
    });
    const leftMs = held.leftMs(api.nowMs);
    if (leftMs <= 0) {
      lose(parts, held);
      if (wasSent) throw unconfirmed(held, cause);
      return 'stale';
    }
    const sentAt = api.nowMs;
    try {
      const timeout = Math.max(1, Math.ceil(Math.min(TRY_MS, leftMs + held.parts.marginMs)));
      wasSent = true;
      await api.settings.connection.request(held.parts.reply, payload, { timeout });
    } catch (error) {
      cause = error;
      if (isUnheard(error) && (await isDeleted(parts, held))) return 'gone';
      if (connectionError(error).code !== 'unavailable' && !isUnheard(error))
        throw connectionError(error);
      await api.pause(failures);
      continue;
    }
    if (held.mayBeElsewhere(api.nowMs)) return tooLate(parts, held, sentAt);
    if (payload === EXTEND) held.renew(sentAt);
    return 'ok';
  }
}

export const ACK = '+ACK';
export const EXTEND = '+WPI';
export const TERMINATE = '+TERM';

/** The payload that returns an event, due after `delayMs`. */
export function nak(delayMs: number): string {
  return delayMs === 0 ? '-NAK' : `-NAK ${JSON.stringify({ delay: delayMs * 1_000_000 })}`;
}

/** Marks the lease as lost, and reports that once. */
export function lose({ report }: Pick<ConfirmParts, 'report'>, held: HeldDelivery): void {
  const { queue: channel, eventId, lease } = held.parts;
  if (held.lose()) report({ type: 'lease-lost', channel, eventId, lease });
}

/** The server may have used the settlement for the delivery of another consumer. */
function tooLate(parts: ConfirmParts, held: HeldDelivery, sentAt: number): Settlement {
  const { queue: channel, eventId } = held.parts;
  const error = new AcklineError(
    'storage',
    `the server confirmed a settlement of ${eventId} after ${Math.ceil(parts.api.nowMs - sentAt)} ms, when its lease was over: it may have taken the event from another consumer`,
    { channel, eventId },
  );
  parts.report({ type: 'fault', during: 'settle', channel, error });
  lose(parts, held);
  return 'stale';
}

function unconfirmed(held: HeldDelivery, cause: unknown): AcklineError {
  const { queue, eventId } = held.parts;
  return unavailableError(
    `the server did not confirm the settlement of ${eventId} of ${queue} before its lease ended: the event may be delivered again`,
    cause,
  );
}

async function isDeleted({ consumers }: ConfirmParts, held: HeldDelivery): Promise<boolean> {
  const { queue } = held.parts;
  const found = await consumers.find(queue, consumerOf(queue)).catch(() => true);
  return !found;
}
