// Covers src/core/admission.ts
import { expect, test } from 'vitest';
import { EventChannel, SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { openChannel } from '../support/open-channel.ts';

const message =
  'metadata must be data about the event, got only publish options (delayMs, durability): use publish(channel, payload, null, { delayMs })';
const misplaced = { delayMs: 60_000, durability: 'strict' };

test('publish: options in third place are refused, and the error states their place', async () => {
  const { events } = openChannel();
  await expect(events.publish('mail', 'x', misplaced)).rejects.toThrow(new TypeError(message));
  const drafts = [
    { channel: 'mail', payload: 1 },
    { channel: 'mail', payload: 'x', metadata: misplaced },
  ];
  await expect(events.publishMany(drafts)).rejects.toThrow(new TypeError(message));
  expect(await events.dequeue('mail', { pollIntervalMs: 0 })).toBe(null);
});

test('publish: over a backend that checks nothing, options in third place are refused too', async () => {
  const backend = bareBackend();
  const events = new EventChannel({ backend });
  await expect(events.publish('mail', 'x', misplaced)).rejects.toThrow(new TypeError(message));
  expect(backend.calls).toEqual([]);
});

test('publish of a synchronous channel: options in third place are refused', () => {
  const events = new SyncEventChannel({ backend: syncMemoryBackend() });
  const refusal = new TypeError(message);
  expect(() => events.publish('mail', 'x', misplaced)).toThrow(refusal);
  const draft = { channel: 'mail', payload: 'x', metadata: misplaced };
  expect(() => events.publishMany([draft])).toThrow(refusal);
});

test('publish: any single option in third place is refused', async () => {
  const { events } = openChannel();
  for (const option of [
    'delayMs',
    'maxEventBytes',
    'durability',
    'self',
    'confirm',
    'timeoutMs',
    'onReceipt',
  ])
    await expect(events.publish('mail', 'x', { [option]: 1 })).rejects.toThrow(`(${option})`);
});

test('publish: an object with other keys as well, or with none, is accepted as metadata', async () => {
  const { events } = openChannel();
  for (const metadata of [{}, { delayMs: 1, trace: 'a' }, null]) {
    await events.publish('mail', 'x', metadata);
    expect((await events.dequeue('mail'))?.metadata).toEqual(metadata);
  }
});
