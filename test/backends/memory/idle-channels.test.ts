// Covers src/backends/memory/memory-store.ts
import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { expect, test } from 'vitest';
import { keptKeys } from '../../support/kept-keys.ts';

const CHANNELS = 10_000;
/** The most unused channels that may be kept. */
const MAX_KEPT = 64;

const namesOf = (prefix: string) =>
  Array.from({ length: CHANNELS }, (_, index) => `${prefix}${index}`);

test('memory: after 10,000 channels were used once, the state of at most 64 is kept', async () => {
  const prefix = 'used-once-';
  const events = new EventChannel<Record<string, number>>({
    backend: memoryBackend(),
    observer: () => {},
  });
  await events.publishMany(namesOf(prefix).map((channel) => ({ channel, payload: 1 })));
  expect(Math.max(...keptKeys(prefix))).toBe(CHANNELS);
  for (const channel of namesOf(prefix)) {
    await (await events.dequeue(channel, { pollIntervalMs: 0 }))?.ack();
    await events.dequeue(channel, { pollIntervalMs: 0 });
    await events.stats(channel);
    await events.listen(channel, () => {}).stop();
  }
  expect(Math.max(0, ...keptKeys(prefix))).toBeLessThanOrEqual(MAX_KEPT);
  await events.shutdown();
}, 60_000);

test('memory: when empty channels are dropped, channels with events are kept', async () => {
  const events = new EventChannel<Record<string, number>>({
    backend: memoryBackend(),
    observer: () => {},
  });
  await events.publish('held', 1);
  const held = await events.dequeue('held', { pollIntervalMs: 0 });
  await events.publish('dead', 1);
  await (await events.dequeue('dead', { pollIntervalMs: 0 }))?.reject('no');
  await events.publish('late', 1, null, { delayMs: 60_000 });
  await events.publish('waiting', 1);
  const others = namesOf('others-').slice(0, 200);
  for (const channel of [...others, ...others]) await events.publish(channel, 1);
  for (const channel of [...others, ...others])
    expect(await (await events.dequeue(channel, { pollIntervalMs: 0 }))?.ack()).toBe('ok');
  expect(await events.stats('dead')).toMatchObject({ dead: 1 });
  expect(await events.stats('late')).toMatchObject({ scheduled: 1 });
  expect(await events.stats('waiting')).toMatchObject({ ready: 1 });
  expect(await held?.ack()).toBe('ok');
  await events.shutdown();
});

test('memory (synchronous): after 10,000 channels were used once, the state of at most 64 is kept', () => {
  const prefix = 'used-synchronously-';
  const events = new SyncEventChannel<Record<string, number>>({
    backend: syncMemoryBackend(),
    autoDrain: false,
  });
  events.publishMany(namesOf(prefix).map((channel) => ({ channel, payload: 1 })));
  for (const channel of namesOf(prefix)) {
    events.dequeue(channel)?.ack();
    events.listen(channel, () => {}).stop();
  }
  expect(Math.max(0, ...keptKeys(prefix))).toBeLessThanOrEqual(MAX_KEPT);
  events.shutdown();
}, 60_000);
