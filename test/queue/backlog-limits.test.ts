import { broadcastBackend } from 'ackline/broadcast';
import { expect, test } from 'vitest';
import {
  EventChannel,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../src/index.ts';
import {
  type BacklogLimit,
  backlogLimitsOf,
  checkBacklogs,
  dropsFor,
  dropsOf,
} from '../../src/queue/backlog-limits.ts';
import type { NewEvent } from '../../src/queue/event-store.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

test('maxBacklog: a setting of one channel, which a publish may override', async () => {
  const channels = { mail: { maxBacklog: 1 } };
  const events = new EventChannel({ backend: memoryBackend(), channels });
  await events.publish('mail', 1);
  await expect(events.publish('mail', 2)).rejects.toMatchObject({
    code: 'backlog-full',
    channel: 'mail',
    backlog: { waiting: 1, maxBacklog: 1 },
  });
  await events.publish('mail', 2, null, { maxBacklog: 2 });
  await events.publish('others', 1);
  await events.publish('others', 2);
});

test('maxBacklog: in a batch the smallest limit of a channel counts', async () => {
  const events = new EventChannel({ backend: memoryBackend() });
  const draft = (maxBacklog: number) => ({
    channel: 'mail',
    payload: 1,
    options: { maxBacklog },
  });
  await expect(events.publishMany([draft(9), draft(1)])).rejects.toMatchObject({
    backlog: { waiting: 0, maxBacklog: 1 },
  });
  await events.publishMany([draft(9), draft(2)]);
});

test('maxBacklog: of a synchronous channel', () => {
  const events = new SyncEventChannel({ backend: syncMemoryBackend(), maxBacklog: 1 });
  events.publish('mail', 1);
  expect(() => events.publish('mail', 2)).toThrow('mail must have at most 1 waiting events');
});

test('maxBacklog: a backend without the capability refuses the option', async () => {
  const backend = broadcastBackend({ name: crypto.randomUUID() });
  const full = { code: 'unsupported', message: expect.stringContaining('maxBacklog') };
  expect(() => new EventChannel({ backend, maxBacklog: 5 })).toThrow(expect.objectContaining(full));
  const events = new EventChannel({ backend });
  await expect(events.publish('mail', 1, null, { maxBacklog: 5 })).rejects.toMatchObject(full);
  await events.shutdown();
});

type Limited = Pick<NewEvent, 'channel' | 'maxBacklog' | 'whenFull'>;

const limitsOf = (events: readonly Limited[]) => backlogLimitsOf(events as readonly NewEvent[]);

test('backlogLimitsOf: a limit counts the events of its channel that have one, and plain events have none', () => {
  const limits = limitsOf([
    { channel: 'a' },
    { channel: 'a', maxBacklog: 5 },
    { channel: 'b', maxBacklog: 9, whenFull: 'drop-oldest' },
    { channel: 'a', maxBacklog: 3 },
    { channel: 'a', maxBacklog: 4 },
  ]);
  expect(limits).toEqual([
    { channel: 'a', added: 3, maxBacklog: 3, dropsOldest: false },
    { channel: 'b', added: 1, maxBacklog: 9, dropsOldest: true },
  ]);
  expect(limitsOf([{ channel: 'a' }])).toEqual([]);
});

test('backlogLimitsOf: older events make room only where every event of the append allows it', () => {
  const drops = { channel: 'a', maxBacklog: 5, whenFull: 'drop-oldest' } as const;
  const refuses = { channel: 'a', maxBacklog: 5 };
  const dropsOldest = (...events: Limited[]) => limitsOf(events)[0]?.dropsOldest;
  expect(dropsOldest(drops, drops)).toBe(true);
  expect([dropsOldest(drops, refuses), dropsOldest(refuses, drops)]).toEqual([false, false]);
});

const limit: BacklogLimit = { channel: 'a', added: 2, maxBacklog: 5, dropsOldest: true };

test('dropsFor: drops as many as are too many, of those that are due', () => {
  const drops = (ready: number, scheduled: number) =>
    dropsFor([{ limit, stats: { ready, scheduled } }]);
  expect(drops(3, 0)).toEqual([]);
  expect(drops(0, 3)).toEqual([]);
  expect(drops(4, 0)).toEqual([{ channel: 'a', count: 1 }]);
  expect(drops(2, 3)).toEqual([{ channel: 'a', count: 2 }]);
  expect(() => drops(1, 4)).toThrow(
    expect.objectContaining({
      code: 'backlog-full',
      backlog: { waiting: 5, maxBacklog: 5 },
      message: expect.stringContaining('has 5, and 2 more were published'),
    }),
  );
});

test('dropsFor: one channel without room refuses the whole append, and a limit without drop-oldest drops nothing', () => {
  const stats = { ready: 4, scheduled: 0 };
  const refusing = { ...limit, channel: 'b', dropsOldest: false };
  const counted = [
    { limit, stats },
    { limit: refusing, stats },
  ];
  expect(() => dropsFor(counted)).toThrow(expect.objectContaining({ channel: 'b' }));
  expect(dropsFor([{ limit: refusing, stats: { ready: 3, scheduled: 0 } }])).toEqual([]);
});

test('dropsOf: each claimed event is buried where it lies, with the reason dropped', () => {
  const times = { availableAt: 0, createdAt: 0, leaseExpiresAt: 0, attempts: 1 };
  const messages = [1, 2].map((lease) => {
    return { eventId: `e${lease}`, channel: 'a', payload: 1, metadata: null, lease, ...times };
  });
  const command = { verb: 'bury', reason: 'dropped' };
  const settled = [
    { eventId: 'e1', channel: 'a', lease: 1, command },
    { eventId: 'e2', channel: 'a', lease: 2, command },
  ];
  expect(dropsOf({ messages, places: ['here', 'there'], nextDueAt: null })).toEqual([
    { ...settled[0], place: 'here' },
    { ...settled[1], place: 'there' },
  ]);
  expect(dropsOf({ messages, nextDueAt: null })).toEqual(settled);
});

test('whenFull: of waiting events the oldest are dropped, and a refused batch drops none', () => {
  const backend = syncMemoryBackend();
  const events = new SyncEventChannel({ backend, observer: recordingObserver() });
  for (const payload of [1, 2, 3]) events.publish('mail', payload);
  const options = { maxBacklog: 3, whenFull: 'drop-oldest' } as const;
  const draft = (channel: string) => ({ channel, payload: 4, options });
  events.publish('full', 1, null, { delayMs: 1_000 });
  const full = { channel: 'full', payload: 2, options: { maxBacklog: 1 } };
  expect(() => events.publishMany([draft('mail'), full])).toThrow('full must have at most 1');
  expect(events.deadLetters('mail')).toEqual([]);
  events.publishMany([draft('mail'), draft('mail')]);
  const letters = events.deadLetters('mail').map(({ payload, reason }) => [payload, reason]);
  expect(letters).toEqual([
    [1, 'dropped'],
    [2, 'dropped'],
  ]);
  expect(events.dequeueMany('mail', 9).map(({ payload }) => payload)).toEqual([3, 4, 4]);
});

test('checkBacklogs: where no event can be claimed to make room, the append is refused', () => {
  let claims = 0;
  const store = {
    stats: () => ({ ready: 3, scheduled: 0, leased: 1, dead: 0 }),
    claim: () => {
      claims += 1;
      if (claims > 1) throw new Error('it claims again, although nothing has changed');
      return { messages: [], nextDueAt: null };
    },
    settle: () => [],
  };
  const event = { channel: 'mail', maxBacklog: 3, whenFull: 'drop-oldest' } as NewEvent;
  expect(() => checkBacklogs([event], store)).toThrow(
    expect.objectContaining({ code: 'backlog-full', backlog: { waiting: 3, maxBacklog: 3 } }),
  );
});
