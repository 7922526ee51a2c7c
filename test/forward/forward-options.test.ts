import { expect, test } from 'vitest';
import { forward } from '../../src/forward.ts';
import { memoryBackend } from '../../src/index.ts';

test.each<[object, string]>([
  [{ from: {} }, 'from must be an asynchronous backend'],
  [{ to: undefined }, 'to must be an asynchronous backend'],
  [{ drop: ['name'] }, 'drop must be'],
  [{ map: 5 }, 'map must be a function'],
  [{ batch: { size: 0 } }, 'size must be a whole number from 1'],
  [{ maxConcurrency: 0 }, 'maxConcurrency must be'],
  [{ connectivity: {} }, 'connectivity must be'],
  [{ leaseMs: 0 }, 'leaseMs must be'],
  [{ concurrency: 2 }, 'an outbox has no option "concurrency"'],
  [{ unknown: 2 }, 'there is no option "unknown"'],
])('options %o are refused: %s', (given, message) => {
  const options = { from: memoryBackend(), to: memoryBackend(), channel: 'orders', ...given };
  expect(() => forward(options as never)).toThrow(message);
});

test('to that is from: refused without map, because the events would come again for ever', () => {
  const backend = memoryBackend();
  expect(() => forward({ from: backend, to: backend, channel: 'orders' })).toThrow(
    'to must be another backend than from, or map given',
  );
});
