import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { natsBackend } from 'ackline/nats';
import type { Requirement } from 'ackline/testing';
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
      let opened = 0;
      return () => {
        const all = connections();
        const connection = all[opened++ % all.length] as NatsConnection;
        return natsBackend({ connection, prefix, runtime });
      };
    },
  };
}
