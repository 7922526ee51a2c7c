import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { type Runtime, type Stop, systemRuntime } from 'ackline';
import { natsBackend } from 'ackline/nats';
import type { ManualRuntime, Requirement } from 'ackline/testing';
import type { TestedBackend } from '../../backends.ts';

/**
 * The requirements that JetStream meets with a clock of the test. `delayMs`, `availableAt` and `ttlMs` are declared, too, but the server
 * times them by its own clock, so nats-backend.test.ts tests them. `place` is missing: returned events come back in the order of
 * their return.
 */
const NATS: readonly Requirement[] = [
  'dequeueMany',
  'extend',
  'reject',
  'stats',
  'deadLetters',
  'cursor',
  'redrive',
  'purge',
  'groups',
  'observe',
  'id',
  'maxEventBytes',
  'maxAttempts',
  'waiting',
  'contexts',
];

/** The longest pause of the backend before it repeats a request, in milliseconds. */
const LONGEST_PAUSE_MS = 750;
/** So long that the timers of the backend, which are as short, still go by the clock of a case. */
const SLACK_MS = 3_000;

/**
 * The clock of a case, with pauses that end by real time, too. A server that is stalled for a second answers late. The backend then
 * repeats its request after a pause, and no case moves its clock while it awaits a call.
 */
function withRealPauses(runtime: ManualRuntime): Runtime {
  const after = (ms: number, run: () => void): Stop => {
    if (ms > LONGEST_PAUSE_MS) return runtime.after(ms, run);
    const stopReal = systemRuntime.after(ms + SLACK_MS, () => {
      stop();
      run();
    });
    const stop = runtime.after(ms, () => {
      stopReal();
      run();
    });
    return () => {
      stopReal();
      stop();
    };
  };
  return {
    after,
    now: () => runtime.now(),
    elapsed: () => runtime.elapsed(),
    randomId: () => runtime.randomId(),
    random: () => runtime.random(),
  };
}

/** A name that no other test has. */
export function newPrefix(): string {
  return `t${randomUUID().slice(0, 13)}`;
}

/** A backend whose contexts use these connections in turn. */
export function testedNats(connections: () => readonly NatsConnection[]): TestedBackend {
  return {
    features: NATS,
    open(runtime) {
      const prefix = newPrefix();
      const clock = withRealPauses(runtime);
      let opened = 0;
      return () => {
        const all = connections();
        const connection = all[opened++ % all.length] as NatsConnection;
        return natsBackend({ connection, prefix, runtime: clock });
      };
    },
  };
}
