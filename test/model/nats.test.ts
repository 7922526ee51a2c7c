// Covers src/backends/nats/*.ts
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe } from 'vitest';
import { NatsServer, natsServerPath } from '../backends/nats/nats-server.ts';
import { testedNats } from '../backends/nats/tested-nats.ts';
import { testModel } from './test-model.ts';

describe.runIf(natsServerPath)('NATS', () => {
  let server: NatsServer;
  let connections: NatsConnection[] = [];

  beforeAll(async () => {
    server = await NatsServer.start();
    const { servers } = server;
    connections = await Promise.all([1, 2].map(() => connect({ servers })));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await server.end();
  }, 60_000);

  const tested = testedNats(() => connections);
  testModel('NATS', tested, { numRuns: 40, contexts: 2 });
  testModel('NATS', tested, { numRuns: 15, contexts: 2, isDecorated: true });
});
