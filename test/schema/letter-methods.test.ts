import { withCodec } from 'ackline/codec';
import { withSchemas } from 'ackline/schema';
import { expect, test } from 'vitest';
import {
  EventChannel,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../src/index.ts';
import { jsonCodec } from '../support/codecs.ts';
import { order } from '../support/schemas.ts';

const orders = { schema: order, validate: 'delivery' } as const;

for (const codec of [false, true])
  test(`redrive and purge: select by the reason invalid${codec ? ', over a codec too' : ''}`, async () => {
    const memory = memoryBackend();
    const inner = codec ? withCodec(memory, jsonCodec) : memory;
    const events = new EventChannel({ backend: withSchemas(inner, { orders }), observer() {} });
    for (const payload of ['one', 'two', { total: 3 }]) await inner.publish('orders', payload);
    await (await events.dequeue('orders'))?.reject('sold out');
    expect(await events.redrive('orders', { reason: 'rejected', ids: [] })).toBe(0);
    expect(await events.redrive('orders', { reason: 'invalid', limit: 1 })).toBe(1);
    expect(await events.purge('orders', { reason: 'invalid' })).toBe(1);
    const seen: unknown[] = [];
    const filter = ({ reason }: { readonly reason: string }) => seen.push(reason) > 0;
    expect(await events.redrive('orders', { filter })).toBe(1);
    expect(seen).toEqual(['rejected']);
    const wrong = { filter: 5 } as unknown as { filter: () => boolean };
    await expect(events.redrive('orders', wrong)).rejects.toThrow('filter must be a function');
  });

test('redrive: a synchronous backend selects by the reason invalid, too', () => {
  const inner = syncMemoryBackend();
  const backend = withSchemas(inner, { orders });
  const events = new SyncEventChannel({ backend, observer() {}, autoDrain: false });
  inner.publish('orders', 'one');
  expect(events.dequeue('orders')).toBe(null);
  expect(events.redrive('orders', { reason: 'rejected' })).toBe(0);
  expect(events.redrive('orders', { reason: 'invalid' })).toBe(1);
});
