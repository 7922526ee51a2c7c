import { expect, test } from 'vitest';
import {
  browsedEvent,
  eventsPerRead,
} from '../../../../src/backends/indexeddb/inspection/browsed-event.ts';
import type { EventContent } from '../../../../src/backends/indexeddb/schema/event-rows.ts';
import type { BrowseRequest } from '../../../../src/queue/inspection-source.ts';

const request: BrowseRequest = {
  ...{ channel: 'a', state: 'ready', limit: 10, after: undefined, payload: false },
};
const content: EventContent = {
  ...{ eventId: 'e', channel: 'a', payload: 'secret', metadata: { a: 1 }, createdAt: 1_000 },
};
const plain = {
  ...{ eventId: 'e', channel: 'a', state: 'ready', metadata: { a: 1 }, createdAt: 1_000 },
  ...{ attempts: 0, lastError: null, availableAt: 1_000 },
};

test('a plain event has the columns that every event has, and its payload only where it is asked for', () => {
  expect(browsedEvent(content, { attempts: 0 }, request)).toEqual(plain);
  const shown = browsedEvent(content, { attempts: 0 }, { ...request, payload: true });
  expect(shown).toEqual({ ...plain, payload: 'secret' });
});

test('an event shows the options with which it was published', () => {
  const options = { key: '', priority: -3, ttlMs: 0, delayMs: 50 };
  expect(browsedEvent({ ...content, ...options }, { attempts: 0 }, request)).toEqual({
    ...plain,
    ...{ key: '', priority: -3, expiresAt: 1_000, availableAt: 1_050 },
  });
  const after = { eventId: 'first', state: 'pending' } as const;
  const waiting = browsedEvent({ ...content, after, ttlMs: 70 }, { attempts: 0 }, request);
  expect(waiting).toMatchObject({ waitsFor: 'first', expiresAt: 1_070 });
});

test('an event that was delivered before shows its attempts, its last error and when it is due again', () => {
  const history = { attempts: 2, lastError: { name: 'Error', message: 'no' }, availableAt: 0 };
  expect(browsedEvent({ ...content, delayMs: 50 }, history, request)).toMatchObject(history);
});

test('an event that was redriven is due since then', () => {
  const redriven = { count: 1, redrivenAt: 7_000, attempts: 2, reason: 'rejected', diedAt: 6_000 };
  const event = { ...content, redriven } as EventContent;
  const shown = browsedEvent(event, { attempts: 0 }, request);
  expect(shown).toEqual({ ...plain, redriven, availableAt: 7_000 });
});

test('a read takes one event more than the page, so that a full page knows whether another follows, and never many', () => {
  const counts = [1, 5, 63, 64, 1_000].map((limit) => eventsPerRead({ ...request, limit }));
  expect(counts).toEqual([2, 6, 64, 64, 64]);
});
