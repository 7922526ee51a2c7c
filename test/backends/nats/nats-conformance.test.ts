// Covers src/backends/nats/*.ts
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe } from 'vitest';
import { runConformance } from '../../run-conformance.ts';
import { NatsServer, natsServerPath } from './nats-server.ts';
import { testedNats } from './tested-nats.ts';

describe.runIf(natsServerPath)('NATS', () => {
  let server: NatsServer;
  let connections: NatsConnection[] = [];

  beforeAll(async () => {
    server = await NatsServer.start();
    const { servers } = server;
    connections = await Promise.all([1, 2, 3].map(() => connect({ servers })));
  });

  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await server.end();
  });

  runConformance(
    'NATS',
    testedNats(() => connections),
  );
});
