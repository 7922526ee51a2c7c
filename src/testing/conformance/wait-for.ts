import type { FinalResult } from '../../core/events/event-result.ts';
import type { PlatformAbortSignal } from '../../core/runtime/platform-types.ts';
import { waitFor } from '../../results/wait-for.ts';
import { CHANNEL, type FullBackend, openBackend, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';
import { LASTING_MS, pass, passUntil } from './pass-until.ts';

const RETENTION_MS = 60_000;
const KEPT = { retentionMs: RETENTION_MS };
const LASTING = { timeoutMs: LASTING_MS };

/** A promise whose state can be seen. */
function observed<T>(work: Promise<T>) {
  const seen: { result?: T; error?: unknown } = {};
  work.then(
    (result) => Object.assign(seen, { result }),
    (error: unknown) => Object.assign(seen, { error }),
  );
  return seen;
}

function publishKept(backend: FullBackend, payload: unknown = 1): Promise<string> {
  return backend.publish(CHANNEL, payload, null, KEPT);
}

export const waitForCases: readonly ConformanceCase[] = [
  {
    name: 'waitFor: resolves when another context acknowledges the event, with its reply',
    requires: ['retentionMs', 'reply', 'contexts'],
    async run(context) {
      const [backend, other] = [openBackend(context), openBackend(context)];
      const eventId = await publishKept(backend);
      const wait = observed(waitFor(backend, CHANNEL, eventId, LASTING));
      const second = observed(waitFor(backend, CHANNEL, eventId, LASTING));
      const { lease } = await takeNext(other);
      await pass(context, backend);
      expectEqual(wait, {}, 'the wait while it is leased');
      await other.ack(eventId, lease, { reply: 'sent' });
      await passUntil(context, backend, () => [wait, second].every(({ result }) => result));
      for (const { result } of [wait, second])
        expectEqual(result?.state === 'acknowledged' && result.reply, 'sent', 'the reply');
    },
  },
  {
    name: 'waitFor: resolves when another context rejects or cancels the event',
    requires: ['retentionMs', 'reject', 'cancel', 'contexts'],
    async run(context) {
      const [backend, other] = [openBackend(context), openBackend(context)];
      const rejected = await publishKept(backend);
      const { lease } = await takeNext(other);
      const cancelled = await publishKept(backend);
      const waits = [rejected, cancelled].map((id) =>
        observed(waitFor(backend, CHANNEL, id, LASTING)),
      );
      await pass(context, backend);
      await other.reject(rejected, lease);
      await other.cancel(CHANNEL, cancelled);
      await passUntil(context, backend, () => waits.every(({ result }) => result));
      const states = waits.map(({ result }) => result?.state);
      expectEqual(states, ['dead', 'cancelled'], 'the states');
    },
  },
  {
    name: 'waitFor: ends after timeoutMs with the id of the event, which a later wait finds',
    requires: ['retentionMs'],
    async run(context) {
      const backend = openBackend(context);
      const eventId = await publishKept(backend);
      const wait = observed(waitFor(backend, CHANNEL, eventId, { timeoutMs: 1_000 }));
      await context.runtime.advance(999);
      expectEqual(wait, {}, 'the wait before');
      await passUntil(context, backend, () => wait.error !== undefined);
      const { code, eventId: named } = wait.error as { code?: string; eventId?: string };
      expectEqual([code, named], ['timeout', eventId], 'the error');
      const { lease } = await takeNext(backend);
      await backend.ack(eventId, lease);
      // A read of the first wait may still be in progress. The second wait then rests after it, by the clock.
      const later = observed<FinalResult>(waitFor(backend, CHANNEL, eventId, LASTING));
      await passUntil(context, backend, () => later.result !== undefined);
      expectEqual(later.result?.state, 'acknowledged', 'the state');
    },
  },
  {
    name: 'waitFor: ends when its signal aborts, with the reason of the signal',
    requires: ['retentionMs'],
    async run(context) {
      const backend = openBackend(context);
      const eventId = await publishKept(backend);
      const aborting = new AbortController();
      const signal: PlatformAbortSignal = aborting.signal;
      const wait = observed(waitFor(backend, CHANNEL, eventId, { signal }));
      aborting.abort('enough');
      await passUntil(context, backend, () => wait.error !== undefined);
      expectEqual(wait.error, 'enough', 'the error');
      const refused = observed(waitFor(backend, CHANNEL, eventId, { signal }));
      await passUntil(context, backend, () => refused.error !== undefined);
      expectEqual(refused.error, 'enough', 'the error of a signal that has aborted');
    },
  },
  {
    name: 'waitFor: ends when the backend is shut down',
    requires: ['retentionMs', 'contexts'],
    async run(context) {
      const [backend, other] = [openBackend(context), openBackend(context)];
      const eventId = await publishKept(backend);
      const wait = observed<FinalResult>(waitFor(backend, CHANNEL, eventId, LASTING));
      await pass(context, backend);
      await backend.shutdown();
      await passUntil(context, other, () => wait.error !== undefined);
      expectEqual((wait.error as { code?: string }).code, 'closed', 'the error');
    },
  },
  {
    name: 'waitFor: refuses arguments that are out of range',
    requires: ['retentionMs'],
    async run(context) {
      const backend = openBackend(context);
      for (const [eventId, options] of [
        ['', {}],
        ['x', { timeoutMs: 0 }],
        ['x', { signal: 'no' as unknown as PlatformAbortSignal }],
        ['x', { group: '@' }],
      ] as const)
        await expectRejects(
          () => waitFor(backend, CHANNEL, eventId, options),
          { name: 'TypeError' },
          'a wait',
        );
    },
  },
];
