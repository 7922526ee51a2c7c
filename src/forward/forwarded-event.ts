import { requireCapability } from '../core/delivery/settler.ts';
import type { EventMessage, PublishOptions } from '../core/events/message.ts';
import type { Capability } from '../core/protocols/capability.ts';
import type { BackendDescription } from '../core/protocols/protocols.ts';
import type { ForwardedEvent, KeptOption } from './forward-options.ts';

const CAPABILITY_OF: Readonly<Record<KeptOption, Capability>> = {
  id: 'id',
  key: 'keys',
  priority: 'priority',
  ttlMs: 'ttlMs',
};

/**
 * The event as `to` publishes it. It has the id, the key and the priority of `message`, and the time that its `ttlMs` leaves. An
 * event that was delayed is due, so it has no delay. Errors: `unsupported` for an option that `to` lacks and `drop` does not name.
 */
export function forwardedEvent(
  message: EventMessage,
  to: BackendDescription,
  drop: readonly KeptOption[],
  now: number,
): ForwardedEvent {
  const { channel, payload, metadata, eventId: id, key, priority } = message;
  const given = Object.entries({ id, key, priority, ttlMs: restOfTtl(message, now) });
  const kept = given.filter(([option, value]) => {
    if (value === undefined) return false;
    const capability = CAPABILITY_OF[option as KeptOption];
    if (to.capabilities?.[capability]) return true;
    if (!drop.includes(option as KeptOption)) requireCapability(to, capability, option);
    return false;
  });
  return { channel, payload, metadata, options: Object.fromEntries(kept) as PublishOptions };
}

/** A redriven event has no limit. The rest is at least 1 ms, because the event was delivered in time. */
function restOfTtl({ ttlMs, createdAt, redriven }: EventMessage, now: number): number | undefined {
  return ttlMs === undefined || redriven ? undefined : Math.max(1, createdAt + ttlMs - now);
}
