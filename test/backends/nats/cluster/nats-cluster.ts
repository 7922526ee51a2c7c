import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from '../../../support/free-port.ts';
import { NatsServer } from '../nats-server.ts';

const POLL_MS = 100;

interface StreamInfo {
  readonly state: { readonly last_seq: number };
  readonly cluster?: { readonly leader?: string; readonly replicas?: readonly Peer[] };
}

interface Peer {
  readonly current: boolean;
  readonly offline?: boolean;
}

/** Three servers of one cluster. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<NatsCluster> {
    const ports = [await freePort(), await freePort(), await freePort()];
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    const started = ports.map((port, index) => {
      const cluster = `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`;
      return NatsServer.start({ config: `server_name: n${index}\n${cluster}` });
    });
    return new NatsCluster(await Promise.all(started));
  }

  connect(): Promise<NatsConnection> {
    return connect({
      servers: this.servers.map(({ servers }) => servers),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      reconnectJitter: 50,
      // A server that is stopped does not close its connections.
      pingInterval: 1_000,
      maxPingOut: 2,
    });
  }

  /** The index of the server that leads the stream. Polls until there is one. */
  async leaderOf(stream: string, connection: NatsConnection): Promise<number> {
    for (;;) {
      const leader = (await infoOf(stream, connection))?.cluster?.leader;
      if (leader) return Number(leader.slice(1));
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Resolves when every replica of the stream has all of its messages. */
  async untilCurrent(stream: string, connection: NatsConnection): Promise<void> {
    for (;;) {
      const { leader, replicas = [] } = (await infoOf(stream, connection))?.cluster ?? {};
      const isCurrent = replicas.every(({ current, offline }) => current && !offline);
      if (leader && replicas.length === 2 && isCurrent) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** How many messages the stream has ever stored, as far as its leader knows. Each id is one message. */
  async storedBy(stream: string, connection: NatsConnection): Promise<number> {
    await this.untilCurrent(stream, connection);
    return (await infoOf(stream, connection))?.state.last_seq ?? 0;
  }

  async end(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.end()));
  }
}

/** Undefined while the stream does not answer. */
async function infoOf(stream: string, connection: NatsConnection): Promise<StreamInfo | undefined> {
  try {
    const answer = await connection.request(`$JS.API.STREAM.INFO.${stream}`, '', {
      timeout: 1_000,
    });
    return answer.json<StreamInfo>();
  } catch {
    return undefined; // It has no leader, or the connection is lost.
  }
}
