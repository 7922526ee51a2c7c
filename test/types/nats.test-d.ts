import type { NatsConnection as CoreConnection } from '@nats-io/nats-core';
import type { NatsConnection as NodeConnection } from '@nats-io/transport-node';
import type { AsyncEventBackend } from 'ackline';
import { type NatsBackend, type NatsConnection, type NatsStatus, natsBackend } from 'ackline/nats';
import { expectTypeOf, test } from 'vitest';

declare const core: CoreConnection;

test('natsBackend: takes the connections of the clients', () => {
  expectTypeOf<CoreConnection>().toExtend<NatsConnection>();
  expectTypeOf<NodeConnection>().toExtend<NatsConnection>();
  expectTypeOf(natsBackend({ connection: core, replicas: 3 })).toExtend<AsyncEventBackend>();
});

test('natsBackend: has a status', () => {
  expectTypeOf<NatsBackend['status']>().returns.toEqualTypeOf<NatsStatus>();
  expectTypeOf<NatsStatus['state']>().toEqualTypeOf<'closed' | 'open' | 'reconnecting'>();
});

test('natsBackend: refuses what is no option', () => {
  // @ts-expect-error -- the connection is required
  natsBackend({});
  // @ts-expect-error -- no such storage
  natsBackend({ connection: core, storage: 'disk' });
  // @ts-expect-error -- a unit is a number of milliseconds
  natsBackend({ connection: core, leaseMs: '30s' });
});
