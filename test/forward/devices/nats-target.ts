import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NatsServer } from '../../backends/nats/nats-server.ts';
import { freePort } from '../../support/free-port.ts';
import { NetworkLine } from '../../support/network-line.ts';
import type { Order } from './device-page.ts';
import type { Arrival } from './judge-arrivals.ts';
import { away, lineFaults, type Target } from './target.ts';

const STREAM = 'ackline_orders';
const SUBJECT = 'ackline.orders.now';
/** Requests at the same time. */
const AT_ONCE = 200;
/** The default is a second, which a busy machine misses. */
const PATIENTLY = { timeout: 30_000 };

interface StoredMessage {
  readonly message: { readonly hdrs: string; readonly data: string };
}

/** A NATS server that pages reach over WebSocket. */
export async function natsTarget(): Promise<Target> {
  const port = await freePort();
  const line = await NetworkLine.to(port);
  const config = `websocket { listen: "127.0.0.1:${port}", no_tls: true }`;
  const server = await NatsServer.start({ config });
  const { servers } = server;
  const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const received: string[] = [];
  connection.subscribe(SUBJECT, {
    callback: (_, { headers }) => void received.push(String(headers?.get('Nats-Msg-Id'))),
  });
  return {
    kind: 'nats',
    url: `ws://127.0.0.1:${line.port}`,
    faults: {
      ...lineFaults('network', line, 100),
      'server killed': async (random) => {
        await server.kill();
        await away(random);
        await server.run();
      },
    },
    received,
    arrivals: () => readStream(connection),
    end: async () => {
      await connection.close();
      await line.close();
      await server.end();
    },
  };
}

/** Every message of the stream. None was deleted, because the test has no consumer. */
async function readStream(connection: NatsConnection): Promise<readonly Arrival[]> {
  const ask = async <T>(verb: string, body: object = {}) =>
    (
      await connection.request(`$JS.API.STREAM.${verb}.${STREAM}`, JSON.stringify(body), PATIENTLY)
    ).json<T>();
  const { state } = await ask<{ state: { messages: number } }>('INFO');
  const sequences = Array.from({ length: state.messages }, (_, index) => index + 1);
  const arrivals: Arrival[] = [];
  while (sequences.length > 0) {
    const next = sequences.splice(0, AT_ONCE);
    const read = await Promise.all(
      next.map((seq) => ask<StoredMessage>('MSG.GET', { seq }).then(arrivalOf)),
    );
    arrivals.push(...read);
  }
  return arrivals;
}

function arrivalOf({ message }: StoredMessage): Arrival {
  const [, id = ''] = /^Nats-Msg-Id: (.*)$/m.exec(decode(message.hdrs)) ?? [];
  const order: Order = JSON.parse(decode(message.data));
  return { id: id.trim(), ...order };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
