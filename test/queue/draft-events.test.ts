import { expect, test } from 'vitest';
import { FULL_CAPABILITIES } from '../../src/queue/capabilities.ts';
import { draftEvent, draftEvents } from '../../src/queue/draft-events.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

const runtime = new ManualRuntime();
const backend = { backendName: 'queue', capabilities: FULL_CAPABILITIES, runtime };
const now = runtime.now();

const drafted = (options?: object) => draftEvent({ channel: 'a', payload: 1, options }, backend);

const plain = {
  ...{ eventId: expect.any(String), channel: 'a', payload: 1, metadata: null, createdAt: now },
  bytes: expect.any(Number),
};

test('draftEvent: a draft without options, or with options that say nothing, is a plain event', () => {
  for (const options of [undefined, {}, { priority: 0 }, { retentionMs: 0 }, { availableAt: now }])
    expect(drafted(options)).toStrictEqual(plain);
  expect(drafted().eventId).not.toBe(drafted().eventId);
});

test('draftEvent: an event that is due later has its time, also from a Date', () => {
  expect(drafted({ availableAt: now + 1 })).toStrictEqual({ ...plain, availableAt: now + 1 });
  expect(drafted({ availableAt: new Date(now + 5) })).toStrictEqual({
    ...{ ...plain, availableAt: now + 5 },
  });
  expect(drafted({ delayMs: 5 })).toStrictEqual({ ...plain, delayMs: 5 });
});

test('draftEvent: an event with an id of the caller is remembered from its publish on, and has an id of its own beside it', () => {
  const day = 86_400_000;
  const dedupe = { until: now + day, uniqueId: expect.any(String) };
  expect(drafted({ id: 'mine' })).toStrictEqual({ ...plain, eventId: 'mine', dedupe });
  expect(drafted({ id: 'mine' }).dedupe?.uniqueId).not.toBe('mine');
  expect(drafted({ id: 'mine', dedupeWindowMs: 7 }).dedupe?.until).toBe(now + 7);
});

test('draftEvent: each other option is kept under its name', () => {
  const options = { priority: -1, retentionMs: 5, ttlMs: 9 };
  expect(drafted(options)).toStrictEqual({ ...plain, ...options });
  const keyed = { key: 'k', onDeadLetter: 'block', replaces: 'waiting' };
  expect(drafted(keyed)).toStrictEqual({ ...plain, ...keyed });
  const after = { eventId: 'w', state: 'pending' };
  expect(drafted({ after: 'w' })).toStrictEqual({ ...plain, after });
});

test('draftEvent: payloads are copied, unless the isolation says otherwise', () => {
  const payload = { n: 1 };
  expect(draftEvent({ channel: 'a', payload }, backend).payload).not.toBe(payload);
  expect(draftEvent({ channel: 'a', payload }, backend, 'none').payload).toBe(payload);
});

test('draftEvent: an option whose capability the backend lacks is refused', () => {
  const less = { ...backend, capabilities: {} };
  expect(() => draftEvent({ channel: 'a', payload: 1, options: { ttlMs: 5 } }, less)).toThrow(
    expect.objectContaining({ code: 'unsupported' }),
  );
});

test('draftEvents: all events of a batch have one time, and anything but an array is refused', () => {
  const draft = { channel: 'a', payload: 1 };
  let calls = 0;
  const clock = Object.assign(new ManualRuntime(), { now: () => (calls += 1) });
  const events = draftEvents([draft, draft], { ...backend, runtime: clock });
  expect(events.map(({ createdAt }) => createdAt)).toEqual([1, 1]);
  expect(() => draftEvents(draft as never, backend)).toThrow('events must be an array');
  expect(() => draftEvents([null as never], backend)).toThrow('event must be an object');
  expect(draftEvents([], backend)).toEqual([]);
});
