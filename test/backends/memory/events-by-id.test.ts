// Covers src/backends/memory/events-by-id.ts, src/backends/memory/take-out.ts, src/queue/fifo.ts
import { type SyncEventBackend, syncMemoryBackend } from 'ackline';
import { expect, test, vi } from 'vitest';
import { EventsById } from '../../../src/backends/memory/events-by-id.ts';
import { Fifo } from '../../../src/queue/fifo.ts';
import { Heap } from '../../../src/queue/heap.ts';

const open = () => syncMemoryBackend() as Required<SyncEventBackend>;

/** How many items the searches of places have looked at while `run` ran, and how many events were entered by id. */
function stepsOf(run: () => void): number {
  let steps = 0;
  const count = (place: { prototype: object }, name: string) => {
    const spy = vi.spyOn(place.prototype as Record<string, () => unknown>, name);
    const before = spy.getMockImplementation() ?? (place.prototype as never)[name];
    return { spy, before };
  };
  const finds = [Fifo, Heap].map((place) => count(place, 'find').spy);
  const notes = count(EventsById, 'note').spy;
  run();
  steps += finds.reduce((sum, { mock }) => sum + mock.calls.length, 0) + notes.mock.calls.length;
  vi.restoreAllMocks();
  return steps;
}

test.each([
  ['plain', {}],
  ['delayed', { delayMs: 60_000 }],
  ['with a priority', { priority: 3 }],
  ['of one key', { key: 'k' }],
  ['that wait for one', { after: 'first' }],
])('cancel: of events %s looks at each event twice at most', (_, options) => {
  for (const order of ['first', 'last']) {
    const backend = open();
    backend.publish('c', 0, null, { id: 'first', retentionMs: 60_000 });
    const ids = Array.from({ length: 1_000 }, (_, n) => backend.publish('c', n, null, options));
    const steps = stepsOf(() => {
      for (const id of order === 'first' ? ids : ids.toReversed())
        expect(backend.cancel('c', id)).toBe('ok');
    });
    expect(steps).toBeLessThan(3 * ids.length);
    expect(backend.stats('c')).toMatchObject({ ready: 1, scheduled: 0 });
  }
});

test('cancel: finds what was published, returned and let go after the first cancel, and one of two events of an id', () => {
  const backend = open();
  const first = backend.publish('c', 1);
  expect(backend.cancel('c', first)).toBe('ok');
  expect(backend.cancel('c', first)).toBe('gone');
  const once = { id: 'x', dedupeWindowMs: 0 };
  backend.publish('c', 2, null, once);
  const message = backend.dequeue('c', 0);
  backend.publish('c', 3, null, once);
  expect(backend.cancel('c', 'x')).toBe('ok');
  expect(backend.cancel('c', 'x')).toBe('stale');
  backend.nack('x', message?.lease, { delayMs: 5 });
  expect(backend.cancel('c', 'x')).toBe('ok');
  expect(backend.stats('c')).toEqual({ ready: 0, leased: 0, scheduled: 0, dead: 0 });
});

test('EventsById: entries of ended events are dropped once they are more than half', () => {
  const all = Array.from({ length: 200 }, (_, n) => ({ event: { eventId: String(n) } }));
  const byId = new EventsById<(typeof all)[number]>();
  const isRead = () => {
    let reads = 0;
    byId.find(
      '1',
      (function* read() {
        reads += 1;
        yield* all;
      })(),
    );
    return reads > 0;
  };
  expect([isRead(), isRead()]).toEqual([true, false]);
  byId.dropIfSparse(() => 100);
  expect(isRead()).toBe(false);
  byId.dropIfSparse(() => 60);
  expect(isRead()).toBe(true);
});
