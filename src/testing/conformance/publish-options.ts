import type { Metadata, PublishOptions } from '../../core/events/message.ts';
import { CHANNEL, expectNothingDue, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const WHOLE_MS = 'a whole number of milliseconds from 0';

/** Invalid options, and the words that the error must contain. */
const BAD_OPTIONS: readonly (readonly [options: unknown, says: readonly string[]])[] = [
  [{ delayMs: -1 }, ['delayMs', WHOLE_MS, '-1']],
  [{ delayMs: 0.5 }, ['delayMs', WHOLE_MS, '0.5']],
  [{ delayMs: Number.NaN }, ['delayMs', WHOLE_MS, 'NaN']],
  [{ delayMs: Number.POSITIVE_INFINITY }, ['delayMs', WHOLE_MS, 'Infinity']],
  [{ delayMs: '5' }, ['delayMs', WHOLE_MS, '"5"']],
  [{ delayMs: null }, ['delayMs', WHOLE_MS, 'null']],
  [{ maxEventBytes: 0 }, ['maxEventBytes', 'a whole number from 1', '0']],
  [{ deleyMs: 5 }, ['deleyMs']],
  [null, ['options', 'an object', 'null']],
  [[], ['options', 'an object', 'an array']],
  ['soon', ['options', 'an object', '"soon"']],
];

const BAD_METADATA: readonly (readonly [metadata: unknown, shown: string])[] = [
  ['text', '"text"'],
  [42, '42'],
  [['a'], 'an array'],
  [() => undefined, 'a function'],
];

export const publishOptionsCases: readonly ConformanceCase[] = [
  {
    name: 'publish: refuses bad options, naming option, expectation and value',
    requires: ['delayMs', 'maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      for (const [options, says] of BAD_OPTIONS) {
        const attempt = () => backend.publish(CHANNEL, 1, null, options as PublishOptions);
        await expectRejects(attempt, { name: 'TypeError', says }, says.join(' '));
      }
      await expectNothingDue(backend);
    },
  },
  {
    name: 'publish: refuses metadata that is no object, naming option, expectation and value',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      for (const [metadata, shown] of BAD_METADATA) {
        const says = ['metadata', 'an object or null', shown];
        const attempt = () => backend.publish(CHANNEL, 1, metadata as Metadata);
        await expectRejects(attempt, { name: 'TypeError', says }, shown);
      }
      await expectNothingDue(backend);
    },
  },
  {
    name: 'publish: refuses an event over maxEventBytes and stores nothing',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      const tooLarge = { name: 'AcklineError', code: 'too-large', channel: CHANNEL } as const;
      const attempts: readonly (() => Promise<string>)[] = [
        () => backend.publish(CHANNEL, 'x'.repeat(1_000), null, { maxEventBytes: 1_000 }),
        () => backend.publish(CHANNEL, 1, { note: 'x'.repeat(1_000) }, { maxEventBytes: 1_000 }),
        () => backend.publish(CHANNEL, new Uint8Array(1_001), null, { maxEventBytes: 1_000 }),
        () => backend.publish(CHANNEL, 'x'.repeat(2 ** 20)),
      ];
      for (const attempt of attempts) await expectRejects(attempt, tooLarge, 'a large event');
      await expectNothingDue(backend);
    },
  },
  {
    name: 'publish: takes an event that is within maxEventBytes',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'x'.repeat(400), null, { maxEventBytes: 1_000 });
      expectEqual((await takeNext(backend)).payload, 'x'.repeat(400), 'payload');
    },
  },
  {
    name: 'publish: after a refusal the backend goes on as if it had not been asked',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      await expectRejects(
        () => backend.publish(CHANNEL, () => undefined),
        { name: 'AcklineError' },
        'function',
      );
      const eventIds = await publishEach(backend, 'next');
      expectEqual((await takeNext(backend)).eventId, eventIds[0], 'event');
    },
  },
];
