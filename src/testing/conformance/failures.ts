import { EventChannel } from '../../core/event-channel.ts';
import type { Failure } from '../../core/events/death-reason.ts';
import type { NackOptions } from '../../core/options/settling-arguments.ts';
import {
  CHANNEL,
  expectNothingDue,
  type LeasedMessage,
  openBackend,
  publishEach,
  takeNext,
} from './arrange.ts';
import type { ConformanceCase, ConformanceContext } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';
import { oddErrors } from './odd-errors.ts';

function expectKept(
  seen: Failure | null | undefined,
  expected: Failure | undefined,
  what: string,
): void {
  if (expected) expectEqual(seen, expected, what);
  const { name, message } = seen as Failure;
  expectTrue(typeof name === 'string' && name.length <= 100, `the name of ${what} is short`);
  expectTrue(
    typeof message === 'string' && message.length <= 1_000,
    `the message of ${what} is short`,
  );
}

/** Passes each odd error to a settlement that makes a dead letter, and checks the error that the dead letter keeps. */
async function expectAllKept(
  context: ConformanceContext,
  settle: (
    backend: ReturnType<typeof openBackend>,
    message: LeasedMessage,
    options: { readonly error: unknown },
  ) => Promise<unknown>,
): Promise<void> {
  const backend = openBackend(context);
  const errors = oddErrors();
  for (const { what, error } of errors) {
    await publishEach(backend, what);
    const message = await takeNext(backend, { maxAttempts: 1 });
    expectEqual(await settle(backend, message, { error }), 'ok', what);
  }
  await expectNothingDue(backend);
  const letters = await backend.deadLetters(CHANNEL, errors.length + 1);
  expectEqual(
    letters.map(({ payload }) => payload),
    errors.map(({ what }) => what),
    'dead letters',
  );
  for (const [index, { what, kept }] of errors.entries())
    expectKept(letters[index]?.lastError, kept, what);
}

const BAD_OPTIONS = [
  [{ delay: 5 }, ['option', '"delay"']],
  [{ reply: 5 }, ['option', '"reply"']],
  [new Error('HTTP 400'), ['an object with', 'error', 'an error']],
] as const;

export const failuresCases: readonly ConformanceCase[] = [
  {
    name: 'nack: keeps any value that is passed as the error, as two strings of bounded length',
    requires: ['maxAttempts', 'deadLetters'],
    run: (context) =>
      expectAllKept(context, (backend, { eventId, lease }, options) =>
        backend.nack(eventId, lease, options),
      ),
  },
  {
    name: 'reject: keeps any value that is passed as the error, as two strings of bounded length',
    requires: ['reject', 'maxAttempts', 'deadLetters'],
    run: (context) =>
      expectAllKept(context, (backend, { eventId, lease }, options) =>
        backend.reject(eventId, lease, options),
      ),
  },
  {
    name: 'nack: the event comes again, with any value that is passed as the error',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      for (const { what, error } of oddErrors()) {
        await publishEach(backend, what);
        const { eventId, lease } = await takeNext(backend);
        expectEqual(await backend.nack(eventId, lease, { error }), 'ok', what);
        const again = await takeNext(backend);
        expectEqual([again.eventId, again.attempts], [eventId, 2], what);
        await backend.ack(eventId, again.lease);
      }
    },
  },
  {
    name: 'reject: a note is cut at 10,000 characters',
    requires: ['reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      await backend.reject(eventId, lease, { reason: 'no '.repeat(100_000) });
      const [letter] = await backend.deadLetters(CHANNEL, 1);
      expectEqual(letter?.note?.length, 10_000, 'length of the note');
    },
  },
  {
    name: 'nack: refuses options that it does not know, and an error in their place, as reject does',
    requires: ['reject'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      for (const [options, says] of BAD_OPTIONS)
        for (const verb of ['nack', 'reject'] as const)
          await expectRejects(
            () => backend[verb](eventId, lease, options as NackOptions),
            { name: 'TypeError', says },
            `${verb}: ${says.join(' ')}`,
          );
      expectEqual(await backend.ack(eventId, lease), 'ok', 'the lease after the refusals');
    },
  },
  {
    name: 'listen: after a handler throws any value, its event comes again and its slot takes more events',
    requires: ['waiting'],
    async run(context) {
      const settings = { pollIntervalMs: 3_600_000, backoffBaseMs: 0 };
      const observer = () => undefined;
      const events = new EventChannel({ backend: openBackend(context), observer, ...settings });
      const errors = oddErrors();
      const attemptsOf = errors.map(() => 0);
      events.listen(CHANNEL, ({ payload, attempts }) => {
        attemptsOf[Number(payload)] = attempts;
        if (attempts === 1) throw errors[Number(payload)]?.error;
      });
      await events.publishMany(errors.map((_, payload) => ({ channel: CHANNEL, payload })));
      await events.drain();
      const expected = errors.map(() => 2);
      expectEqual(attemptsOf, expected, 'attempts');
      await events.shutdown();
    },
  },
];
