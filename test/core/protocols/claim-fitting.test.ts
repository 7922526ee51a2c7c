import { describe, expect, test } from 'vitest';
import {
  claimFitting,
  endOfLife,
  type FittingClaim,
} from '../../../src/core/protocols/claim-fitting.ts';
import type { EventMessage, Settlement } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const LEASE_MS = 1_000;

/** Claims of these numbers of messages, one after the other, and then of none. */
function openClaims(
  claims: readonly (readonly Partial<EventMessage>[])[],
  change: Partial<FittingClaim> & { readonly answer?: Settlement | Error } = {},
) {
  const { answer = 'ok', runtime = new ManualRuntime(), ...parts } = change;
  const left = [...claims];
  const calls: unknown[] = [];
  const settle = async (...call: unknown[]) => {
    calls.push(call);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const messageOf = (given: Partial<EventMessage>, index: number): EventMessage => ({
    ...{ eventId: `e${index}`, channel: 'a', payload: 1, metadata: null, attempts: 1, lease: 7 },
    ...{ availableAt: 0, createdAt: runtime.now(), leaseExpiresAt: runtime.now() + LEASE_MS },
    ...given,
  });
  const claim = async (waitMs: number) => {
    calls.push(['claim', waitMs]);
    return (left.shift() ?? []).map(messageOf);
  };
  const begin = (waitMs = 5_000) =>
    claimFitting(
      {
        ...{ runtime, leaseMs: LEASE_MS, signal: undefined, claim },
        present: async (message: EventMessage) => message,
        backend: {
          extend: (...given) => settle('extend', ...given),
          nack: (...given) => settle('nack', ...given),
          capabilities: { countsAsAttempt: true },
        },
        ...parts,
      },
      waitMs,
    );
  return { calls, begin };
}

describe('claimFitting', () => {
  test('returns the messages that a consumer receives, in order', async () => {
    const present = async (message: EventMessage) =>
      message.eventId === 'e1' ? undefined : { ...message, payload: 'shown' };
    const { begin, calls } = openClaims([[{}, {}, {}]], { present });
    expect((await begin()).map(({ eventId, payload }) => [eventId, payload])).toEqual([
      ['e0', 'shown'],
      ['e2', 'shown'],
    ]);
    expect(calls).toEqual([['claim', 5_000]]);
  });

  test('claims again for the rest of the wait where nothing fits, and returns nothing where nothing comes', async () => {
    const runtime = new ManualRuntime();
    const present = async () => {
      await runtime.advance(3_000);
      return undefined;
    };
    const { begin, calls } = openClaims([[{}], [{}]], { runtime, present });
    expect(await begin()).toEqual([]);
    expect(calls).toEqual([
      ['claim', 5_000],
      ['claim', 2_000],
      ['claim', 0],
    ]);
  });

  test('ends with the reason of its signal where nothing fits', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const none = { signal, present: async () => undefined };
    await expect(openClaims([[{}]], none).begin()).rejects.toThrow('enough');
    expect(await openClaims([], none).begin()).toEqual([]);
    expect((await openClaims([[{}]], { signal }).begin()).length).toBe(1);
  });

  /** A present that takes this long. */
  const slow = (runtime: ManualRuntime, ms: number) => async (message: EventMessage) => {
    await runtime.advance(ms);
    return message;
  };

  test('extends a lease that has ended, and returns its message until the end of the new one', async () => {
    const runtime = new ManualRuntime();
    const end = runtime.now() + LEASE_MS;
    for (const [ms, extended] of [
      [LEASE_MS - 1, []],
      [1, [['extend', 'e0', 7, LEASE_MS, 'a@g']]],
    ] as const) {
      const present = slow(runtime, ms);
      const message = { leaseExpiresAt: end, group: 'g' };
      const { begin, calls } = openClaims([[message]], { runtime, present });
      const [held] = await begin();
      expect(calls.slice(1)).toEqual(extended);
      expect(held?.leaseExpiresAt).toBe(extended.length > 0 ? runtime.now() + LEASE_MS : end);
    }
  });

  test('returns no message whose lease cannot be extended', async () => {
    for (const answer of ['stale', 'gone', new Error('disk')] as const) {
      const { begin } = openClaims([[{ leaseExpiresAt: 0 }]], { answer });
      expect(await begin()).toEqual([]);
    }
    const backend = { nack: async () => 'ok' as const };
    expect((await openClaims([[{ leaseExpiresAt: 0 }]], { backend }).begin()).length).toBe(1);
  });

  test('nacks a message whose time to live ended meanwhile, without counting the attempt, and returns the others', async () => {
    const runtime = new ManualRuntime();
    const present = async (message: EventMessage) => {
      if (message.eventId === 'e0') await runtime.advance(200);
      return message;
    };
    const claims = [[{ ttlMs: 200 }, { ttlMs: 201 }, {}]];
    const { begin, calls } = openClaims(claims, { runtime, present });
    expect((await begin()).map(({ eventId }) => eventId)).toEqual(['e1', 'e2']);
    expect(calls.slice(1)).toEqual([['nack', 'e0', 7, { countsAsAttempt: false }, 'a']]);
  });

  test('claims again after a message has expired, also where the nack fails or counts', async () => {
    for (const change of [{ answer: new Error('disk') }, {}]) {
      const runtime = new ManualRuntime();
      const present = slow(runtime, 100);
      const { begin, calls } = openClaims([[{ ttlMs: 50 }]], { runtime, present, ...change });
      expect(await begin()).toEqual([]);
      expect(calls.map((call) => (call as unknown[])[0])).toEqual(['claim', 'nack', 'claim']);
    }
    const nacks: unknown[] = [];
    const backend = {
      nack: async (...given: unknown[]) => {
        nacks.push(given);
        return 'ok' as const;
      },
    };
    const runtime = new ManualRuntime();
    const present = slow(runtime, 100);
    await openClaims([[{ ttlMs: 50 }]], { runtime, present, backend }).begin();
    expect(nacks).toEqual([['e0', 7, undefined, 'a']]);
  });
});

describe('endOfLife', () => {
  const runtime = new ManualRuntime();
  const [now, elapsed] = [runtime.now(), runtime.elapsed()];
  const message = (change: Partial<EventMessage>) =>
    ({ createdAt: now, leaseExpiresAt: now + LEASE_MS, ...change }) as EventMessage;
  const of = (change: Partial<EventMessage>, leaseMs: number | undefined = LEASE_MS) =>
    endOfLife(message(change), { runtime, leaseMs }) - elapsed;

  test('is infinite without a time to live, and where no time is left', () => {
    expect(of({})).toBe(Number.POSITIVE_INFINITY);
    expect(of({ ttlMs: 5, createdAt: now - 5 })).toBe(Number.POSITIVE_INFINITY);
    expect(of({ ttlMs: 5, createdAt: now - 4 })).toBe(1);
  });

  test('counts from the earlier of the clock of the device and the beginning of the lease', () => {
    expect(of({ ttlMs: 50 })).toBe(50);
    expect(of({ ttlMs: 50, leaseExpiresAt: now + LEASE_MS + 20 })).toBe(50);
    expect(of({ ttlMs: 50, leaseExpiresAt: now + LEASE_MS - 20 })).toBe(70);
    expect(endOfLife(message({ ttlMs: 50 }), { runtime, leaseMs: undefined }) - elapsed).toBe(
      50 + 30_000 - LEASE_MS,
    );
  });
});
