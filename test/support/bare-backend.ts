import type { AsyncEventBackend, EventMessage, SyncEventBackend } from 'ackline';

/** The calls of a bare backend in order, each with its verb and arguments. */
export type Call = readonly unknown[];

function messageOf(eventId: string, channel: string, payload: unknown): EventMessage {
  const times = { availableAt: 0, createdAt: 0, leaseExpiresAt: 0 };
  return Object.freeze({ eventId, channel, payload, metadata: null, attempts: 1, ...times });
}

/** A backend with the five verbs and the two constants alone, without leases. */
export function bareSyncBackend(): SyncEventBackend & { readonly calls: Call[] } {
  const calls: Call[] = [];
  const waiting: EventMessage[] = [];
  const held = new Map<string, EventMessage>();
  const note = (...call: Call) => calls.push(call);
  return {
    calls,
    backendName: 'bare',
    supportsSync: true,
    publish(channel, payload, metadata, options) {
      note('publish', channel, payload, metadata, options);
      const eventId = `event-${calls.length}`;
      waiting.push(messageOf(eventId, channel, payload));
      return eventId;
    },
    dequeue(channel, pollIntervalMs, options) {
      note('dequeue', channel, pollIntervalMs, options);
      const index = waiting.findIndex((message) => message.channel === channel);
      const [message] = index < 0 ? [] : waiting.splice(index, 1);
      if (message) held.set(message.eventId, message);
      return message ?? null;
    },
    ack(eventId) {
      note('ack', eventId);
      return held.delete(eventId) ? 'ok' : 'gone';
    },
    nack(eventId, lease, options) {
      note('nack', eventId, lease, options);
      const message = held.get(eventId);
      if (!held.delete(eventId) || !message) return 'gone';
      waiting.unshift({ ...message, attempts: message.attempts + 1 });
      return 'ok';
    },
    shutdown: () => void note('shutdown'),
  };
}

export function bareBackend(): AsyncEventBackend & { readonly calls: Call[] } {
  const sync = bareSyncBackend();
  return {
    calls: sync.calls,
    backendName: 'bare',
    supportsAsync: true,
    publish: async (...given) => sync.publish(...given),
    dequeue: async (...given) => sync.dequeue(...given),
    ack: async (eventId, lease) => sync.ack(eventId, lease),
    nack: async (...given) => sync.nack(...given),
    shutdown: async () => sync.shutdown(),
  };
}
