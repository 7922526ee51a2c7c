import { EventChannel } from '../../core/event-channel.ts';
import type { EventDraft, PublishOptions } from '../../core/events/message.ts';
import { CHANNEL, expectNothingDue, openBackend, takeNext, takePayloads } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const BAD_DURABILITIES: readonly (readonly [value: unknown, shown: string])[] = [
  ['safe', '"safe"'],
  ['', '""'],
  [true, 'true'],
  [null, 'null'],
];

export const durabilityCases: readonly ConformanceCase[] = [
  {
    name: 'durability: each is taken, alone and within a batch, and leaves nothing on the message',
    requires: ['durability', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 1, null, { durability: 'strict' });
      expectEqual('durability' in (await takeNext(backend)), false, 'durability on the message');
      await backend.publishMany([
        { channel: CHANNEL, payload: 2, options: { durability: 'relaxed' } },
        { channel: CHANNEL, payload: 3 },
        { channel: CHANNEL, payload: 4, options: { durability: 'strict' } },
      ]);
      expectEqual(await takePayloads(backend), [2, 3, 4], 'payloads');
    },
  },
  {
    name: 'durability: a bad one is refused with option, expectation and value, and with its batch',
    requires: ['durability', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      for (const [value, shown] of BAD_DURABILITIES) {
        const options = { durability: value } as PublishOptions;
        const refusal = {
          name: 'TypeError',
          says: [`durability must be 'relaxed' or 'strict', got ${shown}`],
        } as const;
        await expectRejects(() => backend.publish(CHANNEL, 1, null, options), refusal, shown);
        const batch: EventDraft[] = [1, 2].map((payload) => ({ channel: CHANNEL, payload }));
        batch.push({ channel: CHANNEL, payload: 3, options });
        await expectRejects(() => backend.publishMany(batch), refusal, `${shown} in a batch`);
      }
      await expectNothingDue(backend);
    },
  },
  {
    name: 'durability: a channel takes it where the backend declares it, and refuses it elsewhere',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      const events = new EventChannel({ backend });
      const publish = () => events.publish(CHANNEL, 1, null, { durability: 'strict' });
      if (backend.capabilities?.durability) {
        await publish();
        expectEqual((await takeNext(backend)).payload, 1, 'payload');
        return;
      }
      const says = ['durability', backend.backendName];
      const refusal = { name: 'AcklineError', code: 'unsupported', says } as const;
      await expectRejects(publish, refusal, 'an unknown durability');
      await expectNothingDue(backend);
    },
  },
];
