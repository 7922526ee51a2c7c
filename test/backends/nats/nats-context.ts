import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { EventMessage, Settlement } from 'ackline';
import { type NatsBackend, type NatsBackendOptions, natsBackend } from 'ackline/nats';
import { afterAll, beforeAll, expect } from 'vitest';
import { NatsServer, type NatsServerOptions } from './nats-server.ts';
import { newPrefix } from './tested-nats.ts';

/** Of a request. The default is a second, which a busy machine misses. */
export const PATIENTLY = { timeout: 20_000 } as const;

/** A server for the tests of one file, and a connection to it. */
export class NatsContext {
  readonly #opened: NatsBackend[] = [];
  server!: NatsServer;
  connection!: NatsConnection;

  constructor(options: NatsServerOptions = {}) {
    beforeAll(async () => {
      this.server = await NatsServer.start(options);
      this.connection = await connect({ servers: this.server.servers });
    });
    afterAll(async () => {
      await Promise.all(this.#opened.map((backend) => backend.shutdown()));
      await this.connection.close();
      await this.server.end();
    });
  }

  /** A backend that is shut down at the end. */
  open(options: Partial<NatsBackendOptions> = {}): NatsBackend {
    const { connection } = this;
    const backend = natsBackend({ connection, prefix: newPrefix(), ...options });
    this.#opened.push(backend);
    return backend;
  }

  /** Calls the API of JetStream. */
  async call<T>(verb: string, body?: object): Promise<T> {
    const asked = body && JSON.stringify(body);
    const answer = await this.connection.request(`$JS.API.${verb}`, asked, PATIENTLY);
    return answer.json<T>();
  }

  /** How many events the plain queue of `orders` has delivered that are not settled. */
  async heldBy(prefix: string): Promise<number> {
    const verb = `CONSUMER.INFO.${prefix}_orders.plain`;
    return (await this.call<{ num_ack_pending: number }>(verb)).num_ack_pending;
  }
}

const POLL_MS = 50;

/** The next event of `orders`. A lease that ends on the server sends no hint, so the event is polled for. */
export async function take(backend: NatsBackend): Promise<EventMessage> {
  for (let polls = 0; polls < 200; polls += 1) {
    const message = await backend.dequeue('orders', POLL_MS);
    if (message) return message;
  }
  throw new Error('expected an event to be delivered, saw none');
}

/**
 * Takes the next event and calls `settle` at once, again where the machine was slower than the lease: a lease of the server ends by
 * the clock of the server. Returns each delivery.
 */
export async function takeInTime(
  backend: NatsBackend,
  settle: (message: EventMessage) => PromiseLike<Settlement> | undefined,
): Promise<[EventMessage, ...EventMessage[]]> {
  const deliveries: EventMessage[] = [];
  for (;;) {
    const message = await take(backend);
    deliveries.push(message);
    const settlement = await settle(message);
    if (settlement === 'ok') return deliveries as [EventMessage, ...EventMessage[]];
    expect(settlement).toBe('stale');
  }
}
