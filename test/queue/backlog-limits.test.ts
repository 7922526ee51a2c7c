import { broadcastBackend } from 'ackline/broadcast';
import { expect, test } from 'vitest';
import {
  EventChannel,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../src/index.ts';

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
