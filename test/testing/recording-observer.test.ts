import { expect, test } from 'vitest';
import type { ObserverEvent } from '../../src/index.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

test('recordingObserver: events are kept in order and found by type', () => {
  const observer = recordingObserver();
  const seen: readonly ObserverEvent[] = [
    { type: 'published', channel: 'orders', eventId: 'a' },
    { type: 'lease-lost', channel: 'orders', eventId: 'a' },
    { type: 'published', channel: 'orders', eventId: 'b' },
  ];
  for (const event of seen) observer(event);
  expect(observer.events).toEqual(seen);
  expect(observer.of('published').map(({ eventId }) => eventId)).toEqual(['a', 'b']);
  expect(observer.of('fault')).toEqual([]);
});

test('recordingObserver: two of them record independently', () => {
  const [one, other] = [recordingObserver(), recordingObserver()];
  one({ type: 'lease-lost', channel: 'orders', eventId: 'a' });
  expect(other.events).toEqual([]);
});
