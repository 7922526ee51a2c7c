import { CHANNEL, expectNothingDue, openBackend, takeNext, takePayloads } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const WINDOW_MS = 60_000;
const GIVEN = { id: 'order-17', dedupeWindowMs: WINDOW_MS };

export const publishIdCases: readonly ConformanceCase[] = [
  {
    name: 'id: the event has the id that the caller gave it',
    requires: ['id'],
    async run(context) {
      const backend = openBackend(context);
      expectEqual(await backend.publish(CHANNEL, 1, null, GIVEN), 'order-17', 'the answer');
      expectEqual((await takeNext(backend)).eventId, 'order-17', 'the delivered id');
    },
  },
  {
    name: 'id: a second publish of an id stores nothing and resolves with the id',
    requires: ['id'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'first', null, GIVEN);
      expectEqual(await backend.publish(CHANNEL, 'second', null, GIVEN), 'order-17', 'the answer');
      expectEqual(await takePayloads(backend), ['first'], 'stored events');
    },
  },
  {
    name: 'id: an id is remembered while its event is leased, acknowledged or dead',
    requires: ['id', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      for (const end of ['ack', 'reject'] as const) {
        const options = { ...GIVEN, id: end };
        await backend.publish(CHANNEL, 1, null, options);
        const message = await takeNext(backend);
        await backend.publish(CHANNEL, 'while leased', null, options);
        await expectNothingDue(backend);
        await backend[end](message.eventId, message.lease);
        await backend.publish(CHANNEL, `after ${end}`, null, options);
        await expectNothingDue(backend);
      }
    },
  },
  {
    name: 'id: an id is forgotten when its window has ended, and not before',
    requires: ['id', 'clock'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 1, null, GIVEN);
      await context.runtime.advance(WINDOW_MS - 1);
      await backend.publish(CHANNEL, 2, null, GIVEN);
      await context.runtime.advance(1);
      await backend.publish(CHANNEL, 3, null, GIVEN);
      expectEqual(await takePayloads(backend), [1, 3], 'stored events');
    },
  },
  {
    name: 'id: a window of 0 stores every event',
    requires: ['id'],
    async run(context) {
      const backend = openBackend(context);
      for (const payload of [1, 2])
        await backend.publish(CHANNEL, payload, null, { id: 'same', dedupeWindowMs: 0 });
      expectEqual(await takePayloads(backend), [1, 2], 'stored events');
    },
  },
  {
    name: 'id: events of one id on two channels are two events',
    requires: ['id'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'order', null, GIVEN);
      await backend.publish('invoices', 'invoice', null, { ...GIVEN, delayMs: 0 });
      const order = await takeNext(backend);
      const invoice = await backend.dequeue('invoices', 0);
      expectEqual([order.payload, invoice?.payload], ['order', 'invoice'], 'delivered events');
      const { lease } = order;
      expectEqual(
        await backend.ack('order-17', lease, undefined, CHANNEL),
        'ok',
        'ack of the order',
      );
      const nacked = backend.nack('order-17', invoice?.lease, undefined, 'invoices');
      expectEqual(await nacked, 'ok', 'nack of the invoice');
      await expectNothingDue(backend);
      expectEqual(await takePayloads(backend, 'invoices'), ['invoice'], 'invoices that are due');
    },
  },
  {
    name: 'id: delayed events of one id are one event in each channel',
    requires: ['id', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const delayed = { ...GIVEN, delayMs: 1_000 };
      for (const channel of [CHANNEL, 'invoices', CHANNEL])
        await backend.publish(channel, channel, null, delayed);
      await context.runtime.advance(1_000);
      expectEqual((await takeNext(backend)).eventId, 'order-17', 'id');
      expectEqual(await takePayloads(backend), [], 'other events of the channel');
      expectEqual(await takePayloads(backend, 'invoices'), ['invoices'], 'other channel');
    },
  },
  {
    name: 'id: of a batch the known events are not stored, the others are, ids in order',
    requires: ['id', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'known', null, { id: 'b' });
      const batch = ['a', 'b', 'c', 'a'].map((id, index) => {
        return { channel: CHANNEL, payload: index, options: { id } };
      });
      const eventIds = await backend.publishMany([...batch, { channel: CHANNEL, payload: 4 }]);
      expectEqual(eventIds.slice(0, 4), ['a', 'b', 'c', 'a'], 'ids');
      expectEqual(await takePayloads(backend), ['known', 0, 2, 4], 'stored events');
    },
  },
  {
    name: 'id: publishes of one id at the same time store one event',
    requires: ['id', 'contexts'],
    async run(context) {
      const backends = [openBackend(context), openBackend(context), openBackend(context)];
      const publishes = Array.from({ length: 30 }, (_, index) =>
        backends[index % 3]?.publish(CHANNEL, index, null, { id: `id ${index % 5}` }),
      );
      await Promise.all(publishes);
      const [backend] = backends;
      const payloads = (await takePayloads(backend as (typeof backends)[0])) as number[];
      const ids = payloads.map((payload) => payload % 5).sort();
      expectEqual(ids, [0, 1, 2, 3, 4], 'stored ids');
    },
  },
  {
    name: 'id: refuses an id or a window that is no such thing',
    requires: ['id'],
    async run(context) {
      const backend = openBackend(context);
      const refusals: readonly (readonly [options: object, says: readonly string[]])[] = [
        [{ id: '' }, ['id', 'a string of 1 to 200 characters', '""']],
        [{ id: 7 }, ['id', 'a string of 1 to 200 characters', '7']],
        [{ id: 'x'.repeat(201) }, ['id', '1 to 200']],
        [{ id: 'x', dedupeWindowMs: -1 }, ['dedupeWindowMs', 'from 0', '-1']],
        [{ dedupeWindowMs: 5 }, ['dedupeWindowMs', 'no id is given', '5']],
      ];
      for (const [options, says] of refusals) {
        const attempt = () => backend.publish(CHANNEL, 1, null, options);
        await expectRejects(attempt, { name: 'TypeError', says }, says.join(' '));
      }
      await expectNothingDue(backend);
    },
  },
];
