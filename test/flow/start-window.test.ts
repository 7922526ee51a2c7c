import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StartWindow } from '../../src/flow/start-window.ts';

test('StartWindow: never more than limit starts in any span, and one more as soon as the span allows', () => {
  const gaps = fc.array(fc.nat(30), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 40 }),
      gaps,
      (limit, perMs, steps) => {
        const window = new StartWindow(limit, perMs);
        const starts: number[] = [];
        let now = 0;
        const within = (time: number) =>
          starts.filter((at) => at > time - perMs && at <= time).length;
        for (const step of steps) {
          now += step;
          expect(window.freeAt(now)).toBe(limit - within(now));
          const restMs = window.restMsAt(now);
          // The moment before the rest is over is too early, and the moment after it is not.
          if (restMs > 0)
            expect([within(now + restMs - 1), within(now + restMs) < limit]).toEqual([limit, true]);
          else {
            window.add(now);
            starts.push(now);
          }
        }
      },
    ),
  );
});
