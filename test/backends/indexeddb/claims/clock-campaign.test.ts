// Covers src/backends/indexeddb/claims/next-epoch.ts, src/backends/indexeddb/claiming/commit-claim.ts
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';

/** Contexts with their own jumping clocks call random verbs. The fencing token alone decides. */

const STEPS = [1, 999, 1_001, 59_999, 61_000, 660_000, 3_600_000, 86_400_000, 315_576_000_000];
const EVENTS = 12;
const ROUNDS = 120;

interface World {
  readonly backend: FullBackend;
  readonly runtime: ManualRuntime;
  /** The events that were delivered to the context, settled or not. */
  readonly held: { readonly eventId: string; readonly lease?: number }[];
}

for (const locks of ['with', 'without'] as const)
  for (let seed = 1; seed <= 6; seed += 1)
    test(`when clocks jump, ${locks} Web Locks, one token of each event is accepted and no event is lost (seed ${seed})`, async () => {
      const { open } = openDatabase();
      const chance = new ManualRuntime({ seed: seed * 7_919 });
      const pick = (count: number) => Math.floor(chance.random() * count);
      const worlds: World[] = [1, 2, 3].map((index) => {
        const offsetMs = (pick(3) - 1) * (STEPS[pick(STEPS.length - 1)] ?? 0);
        const startAt = 1_700_000_000_000 + offsetMs;
        const runtime = new ManualRuntime({ startAt, seed: seed * 100 + index });
        const options = { runtime, ...(locks === 'without' && { locks: null }) };
        return { backend: open({ ...options, maxDeadLetters: 100 }), runtime, held: [] };
      });
      const newest = new Map<string, number>();
      const acknowledged = new Set<string>();
      const published = new Set<string>();
      const some = () => worlds[pick(worlds.length)] as World;
      const take = async ({ backend, held }: World) => {
        for (const message of await backend.dequeueMany('a', 3, 0, { maxAttempts: 9_999 })) {
          const { eventId, lease = 0 } = message;
          expect(acknowledged.has(eventId)).toBe(false);
          expect(lease).toBeGreaterThan(newest.get(eventId) ?? 0);
          newest.set(eventId, lease);
          held.push(message);
        }
      };
      const settle = async ({ backend, held }: World, verb: 'ack' | 'nack') => {
        const one = held[pick(held.length)];
        if (!one) return;
        const answer = await backend[verb](one.eventId, one.lease);
        if (answer !== 'ok') return;
        expect([one.lease, acknowledged.has(one.eventId)]).toEqual([
          newest.get(one.eventId),
          false,
        ]);
        if (verb === 'ack') acknowledged.add(one.eventId);
      };
      const jump = ({ runtime }: World) => {
        const ms = (STEPS[pick(STEPS.length)] ?? 0) * (pick(2) * 2 - 1);
        runtime.jumpTo(Math.max(1, runtime.now() + ms));
      };
      const verbs = [
        take,
        take,
        (world: World) => settle(world, 'ack'),
        (world: World) => settle(world, 'nack'),
        jump,
        async () => {
          const ms = [1, 2_000, 20_000, 61_000][pick(4)] ?? 0;
          await Promise.all(worlds.map(({ runtime }) => runtime.advance(ms)));
        },
      ];
      for (let round = 0; round < ROUNDS; round += 1) {
        if (published.size < EVENTS) published.add(await some().backend.publish('a', round));
        await verbs[pick(verbs.length)]?.(some());
      }
      const [last] = worlds as [World];
      for (let tries = 0; acknowledged.size < published.size && tries < 40; tries += 1) {
        await last.runtime.advance(700_000);
        last.held.length = 0;
        await take(last);
        for (const { eventId, lease } of last.held)
          if ((await last.backend.ack(eventId, lease)) === 'ok') acknowledged.add(eventId);
      }
      expect(acknowledged).toEqual(published);
      expect(await last.backend.quarantined('a', 9)).toEqual([]);
      for (const { backend } of worlds) expect(await backend.dequeue('a', 0)).toBeNull();
    });
