import { expect } from 'vitest';
import type { FullBackend } from '../open-indexeddb.ts';

/** Claims and acknowledges everything that is due. */
export async function drain(backend: FullBackend, queue: string): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (;;) {
    const messages = await backend.dequeueMany(queue, 7, 0);
    if (messages.length === 0) return payloads;
    for (const { eventId, lease, payload } of messages) {
      payloads.push(payload);
      expect(await backend.ack(eventId, lease, undefined, queue)).toBe('ok');
    }
  }
}
