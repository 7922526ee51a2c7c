import { type AsyncEventBackend, EventChannel, type ObserverEvent } from 'ackline';
import { withCodec } from 'ackline/codec';
import { expect, test } from 'vitest';
import { aesGcm, newKey } from '../support/aes-gcm-codec.ts';

const SECRET = 'ada@example.org';

/** Declares the tests of a codec that encrypts, over a backend that keeps what was stored. */
export function aesGcmCases(open: () => () => AsyncEventBackend): void {
  const openChannel = (
    inner: AsyncEventBackend,
    keys: ReadonlyMap<number, CryptoKey>,
    current = 1,
  ) => {
    const reports: ObserverEvent[] = [];
    const backend = withCodec(inner, aesGcm(keys, current));
    const observer = (event: ObserverEvent) => void reports.push(event);
    return { events: new EventChannel<{ mail: { to: string } }>({ backend, observer }), reports };
  };

  test('AES-GCM: payload and metadata come back, and are stored in no readable form', async () => {
    const openNext = open();
    const inner = openNext();
    const { events } = openChannel(inner, new Map([[1, await newKey()]]));
    await events.publish('mail', { to: SECRET }, { from: SECRET });
    const delivery = await events.dequeue('mail');
    expect(delivery?.payload).toEqual({ to: SECRET });
    expect(delivery?.metadata).toEqual({ from: SECRET });
    await delivery?.nack();
    const stored = await inner.dequeue('mail', 0);
    expect(stored?.payload).toBeInstanceOf(Uint8Array);
    const bytes = [stored?.payload, stored?.metadata?.['encoded']] as Uint8Array[];
    for (const part of bytes) expect(new TextDecoder().decode(part)).not.toContain('ada');
    await events.shutdown();
  });

  test('AES-GCM: after a rotation older events are read by the key that they name', async () => {
    const openNext = open();
    const [first, second] = [await newKey(), await newKey()];
    const before = openChannel(openNext(), new Map([[1, first]]));
    await before.events.publish('mail', { to: 'old' });
    const keys = new Map([
      [1, first],
      [2, second],
    ]);
    const { events } = openChannel(openNext(), keys, 2);
    await events.publish('mail', { to: 'new' });
    const deliveries = await events.dequeueMany('mail', 2);
    expect(deliveries.map(({ payload }) => payload.to)).toEqual(['old', 'new']);
    await Promise.all([events.shutdown(), before.events.shutdown()]);
  });

  test('AES-GCM: an event waits for a key that is not there, and its attempt does not count', async () => {
    const openNext = open();
    const key = await newKey();
    const keys = new Map([[1, key]]);
    const { events } = openChannel(openNext(), keys);
    await events.publish('mail', { to: SECRET });
    keys.clear();
    expect(await events.dequeue('mail', { pollIntervalMs: 0 })).toBe(null);
    expect(await events.stats('mail')).toMatchObject({ scheduled: 1, dead: 0 });
    keys.set(1, key);
    await events.retryNow('mail');
    expect(await events.dequeue('mail')).toMatchObject({ payload: { to: SECRET }, attempts: 1 });
    await events.shutdown();
  });

  test('AES-GCM: an event that a wrong key does not open is a dead letter until it is redriven', async () => {
    const openNext = open();
    const right = await newKey();
    const keys = new Map([[1, right]]);
    const { events, reports } = openChannel(openNext(), keys);
    await events.publish('mail', { to: SECRET });
    keys.set(1, await newKey());
    expect(await events.dequeue('mail', { pollIntervalMs: 0 })).toBe(null);
    const [letter] = await events.deadLetters('mail');
    expect(letter).toMatchObject({ reason: 'undecodable', payload: undefined });
    expect(reports).toContainEqual(
      expect.objectContaining({ type: 'dead-lettered', reason: 'undecodable' }),
    );
    keys.set(1, right);
    expect(await events.deadLetters('mail')).toMatchObject([{ payload: { to: SECRET } }]);
    expect(await events.redrive('mail', { reason: 'undecodable' })).toBe(1);
    expect((await events.dequeue('mail'))?.payload).toEqual({ to: SECRET });
    await events.shutdown();
  });
}
