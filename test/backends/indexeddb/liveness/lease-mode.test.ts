// Covers src/backends/indexeddb/claims/takeover.ts, src/backends/indexeddb/liveness/owner-lock.ts
import { describe, expect, test } from 'vitest';
import { mortalLocks } from '../../../support/mortal-locks.ts';
import { openDatabase } from '../open-indexeddb.ts';

const SHORT = { leaseMs: 1_000, maxHoldMs: 60_000 };

describe('exclusive', () => {
  test('an expired lease of a living context is taken over only after maxHoldMs', async () => {
    const { open, runtime } = openDatabase();
    const [slow, other] = [open(), open()];
    await slow.publish('a', 1);
    const held = await slow.dequeue('a', 0, SHORT);
    await runtime.advance(59_999);
    expect(await other.dequeue('a', 0)).toBeNull();
    expect(await slow.dequeue('a', 0)).toBeNull();
    await runtime.advance(1);
    expect(await other.dequeue('a', 0)).toMatchObject({ attempts: 2 });
    expect(await slow.ack(String(held?.eventId))).toBe('stale');
  });

  test('a context without Web Locks cannot see whether the owner lives, and waits for maxHoldMs, too', async () => {
    const { open, runtime } = openDatabase();
    const [slow, blind] = [open(), open({ locks: null })];
    await slow.publish('a', 1);
    await slow.dequeue('a', 0, SHORT);
    await runtime.advance(59_999);
    expect(await blind.dequeue('a', 0)).toBeNull();
    await runtime.advance(1);
    expect(await blind.dequeue('a', 0, SHORT)).toMatchObject({ attempts: 2 });
    // Nothing shows that it lives, so its own lease ends at the expiry.
    await runtime.advance(1_000);
    expect(await slow.dequeue('a', 0)).toMatchObject({ attempts: 3 });
  });

  test('a waiting consumer wakes when maxHoldMs has passed', async () => {
    const { open, runtime } = openDatabase();
    const [slow, other] = [open(), open()];
    await slow.publish('a', 1);
    await slow.dequeue('a', 0, SHORT);
    await other.stats('a');
    const waiting = other.dequeue('a', 3_600_000);
    await expect.poll(() => runtime.pendingTimers).toBeGreaterThan(0);
    await runtime.advance(61_000);
    expect(await waiting).toMatchObject({ attempts: 2 });
  });

  test('when a context ends, a waiting context takes its leases over at once', async () => {
    const { open } = openDatabase();
    const locks = mortalLocks();
    const [doomed, other] = [open({ locks }), open()];
    await doomed.publish('a', 1);
    expect(await doomed.dequeue('a', 0)).toMatchObject({ attempts: 1 });
    const waiting = other.dequeue('a', 3_600_000);
    expect(await other.stats('a')).toMatchObject({ leased: 1 });
    locks.die();
    expect(await waiting).toMatchObject({ attempts: 2 });
  });

  test('when a context has ended before another is opened, its leases are taken over at once', async () => {
    const { open } = openDatabase();
    const locks = mortalLocks();
    const doomed = open({ locks });
    await doomed.publish('a', 1);
    await doomed.dequeue('a', 0);
    locks.die();
    expect(await open().dequeue('a', 0)).toMatchObject({ attempts: 2 });
  });

  test('an event whose contexts die becomes a dead letter after its last attempt', async () => {
    const { open } = openDatabase();
    const witness = open();
    await witness.publish('a', 'poison');
    for (const attempts of [1, 2]) {
      const locks = mortalLocks();
      const message = await open({ locks }).dequeue('a', 3_600_000, { maxAttempts: 2 });
      expect(message).toMatchObject({ attempts });
      locks.die();
    }
    const waiting = witness.dequeue('a', 3_600_000);
    await expect
      .poll(() => witness.deadLetters('a', 10))
      .toMatchObject([{ payload: 'poison', attempts: 2, reason: 'attempts-exhausted' }]);
    await witness.publish('a', 'next');
    expect(await waiting).toMatchObject({ payload: 'next' });
  });
});

describe('available', () => {
  test('a lease of a living context is taken over at its expiry, and not before', async () => {
    const { open, runtime } = openDatabase();
    const [slow, other] = [open(), open({ leaseMode: 'available' })];
    await slow.publish('a', 1);
    await slow.dequeue('a', 0, SHORT);
    await runtime.advance(999);
    expect(await other.dequeue('a', 0)).toBeNull();
    await runtime.advance(1);
    expect(await other.dequeue('a', 0)).toMatchObject({ attempts: 2 });
  });

  test('when a context ends, its leases are taken over before they expire', async () => {
    const { open } = openDatabase();
    const locks = mortalLocks();
    const [doomed, other] = [open({ locks }), open({ leaseMode: 'available' })];
    await doomed.publish('a', 1);
    await doomed.dequeue('a', 0);
    locks.die();
    expect(await other.dequeue('a', 0)).toMatchObject({ attempts: 2 });
  });
});

describe('without Web Locks', () => {
  test('the status reports available, for any option', () => {
    const { open } = openDatabase();
    expect(open({ locks: null }).status().leaseMode).toBe('available');
    expect(open().status().leaseMode).toBe('exclusive');
    expect(open({ leaseMode: 'available' }).status().leaseMode).toBe('available');
  });

  test('when requests are refused, the status reports available after the first claim', async () => {
    const { open } = openDatabase();
    const request = () => Promise.reject(new DOMException('no', 'SecurityError'));
    const backend = open({ locks: { request } });
    const changes: unknown[] = [];
    backend.watchStatus(({ leaseMode }) => changes.push(leaseMode));
    await backend.dequeue('a', 0);
    expect(backend.status().leaseMode).toBe('available');
    expect(changes).toContain('available');
  });

  test('a context without them does not count as dead, so its leases end at their expiry', async () => {
    const { open, runtime } = openDatabase();
    const [without, other] = [open({ locks: null }), open()];
    await without.publish('a', 1);
    await without.dequeue('a', 0, SHORT);
    expect(await other.dequeue('a', 0)).toBeNull();
    await runtime.advance(1_000);
    expect(await other.dequeue('a', 0)).toMatchObject({ attempts: 2 });
  });
});
