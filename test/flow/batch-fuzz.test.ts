// Covers src/flow/batch-collector.ts
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pause } from '../../src/core/listening/pause.ts';
import { atRate } from '../../src/flow/at-rate.ts';
import { inBatches } from '../../src/flow/in-batches.ts';
import { openChannel } from '../support/open-channel.ts';

const PER_MS = 100;

const step = fc.record({
  act: fc.constantFrom('publish', 'pause', 'resume', 'drain', 'nothing'),
  count: fc.integer({ min: 1, max: 5 }),
  waitMs: fc.nat(120),
});

const settings = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  maxWaitMs: fc.nat(100),
  concurrency: fc.integer({ min: 1, max: 3 }),
  limit: fc.integer({ min: 1, max: 6 }),
});

test('inBatches and atRate: pauses, resumes and drains at any time leave every event handled once, at its first attempt, within the limits', async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 25 }), async (given, steps) => {
      const { size, maxWaitMs, concurrency, limit } = given;
      const { events, runtime, other } = openChannel({ pollIntervalMs: 3_600_000 });
      const handled: unknown[] = [];
      const starts: number[] = [];
      let running = 0;
      const batched = inBatches<number>(
        async (deliveries) => {
          running += 1;
          expect(deliveries.length).toBeLessThanOrEqual(size);
          expect(running).toBeLessThanOrEqual(concurrency);
          for (const _ of deliveries) starts.push(runtime.now());
          await pause(runtime, 30);
          running -= 1;
          for (const { payload, attempts } of deliveries) handled.push(payload, attempts);
        },
        { size, maxWaitMs },
      );
      const paced = atRate(batched, { limit, perMs: PER_MS });
      const listener = events.listen('mail', paced as never, { concurrency });
      let published = 0;
      const drains: Promise<number>[] = [];
      for (const { act, count, waitMs } of steps) {
        if (act === 'publish')
          for (let index = 0; index < count; index += 1) await events.publish('mail', published++);
        else if (act === 'drain') drains.push(events.drain());
        else if (act !== 'nothing') listener[act]();
        await runtime.advance(waitMs);
        const { leased } = await other.stats('mail');
        expect(leased).toBeLessThanOrEqual(size * concurrency);
      }
      listener.resume();
      drains.push(events.drain());
      await runtime.advance(20_000);
      await Promise.all(drains);
      const expected = Array.from({ length: published }, (_, index) => index);
      const payloads = handled.filter((_, index) => index % 2 === 0) as number[];
      expect(payloads.toSorted((a, b) => a - b)).toEqual(expected);
      expect(new Set(handled.filter((_, index) => index % 2 === 1)).size).toBeLessThanOrEqual(1);
      for (const [index, at] of starts.slice(limit).entries())
        expect(at - (starts[index] ?? 0)).toBeGreaterThanOrEqual(PER_MS);
      await events.shutdown();
    }),
    { numRuns: 150 },
  );
});
