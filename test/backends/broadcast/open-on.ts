import { EventChannel } from 'ackline';
import { type BroadcastBackendOptions, broadcastBackend } from 'ackline/broadcast';
import { recordingObserver } from 'ackline/testing';
import { onTestFinished } from 'vitest';

export interface Schema {
  news: unknown;
  other: unknown;
}

/** A new context over the BroadcastChannel and the Web Locks of the platform. */
export function openOn(name: string, options: Partial<BroadcastBackendOptions> = {}) {
  const backend = broadcastBackend({ name, ...options });
  const observer = recordingObserver();
  const events = new EventChannel<Schema>({ backend, observer });
  // Some handlers of tests never end.
  onTestFinished(() => events.shutdown({ mode: 'release' }));
  const handled: unknown[] = [];
  const listen = (channel: keyof Schema = 'news') =>
    events.listen(channel, ({ payload }) => handled.push(payload));
  return { backend, events, observer, handled, listen, memberId: backend.memberId };
}

export const newName = (): string => crypto.randomUUID();
