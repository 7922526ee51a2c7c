import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from '../../../support/free-port.ts';
import { type LineState, NetworkLine } from '../../../support/network-line.ts';
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

/** The lines from each server to the two others, by the index of both. */
type Lines = readonly (readonly (NetworkLine | undefined)[])[];

/** Three servers of one cluster. Each reaches another one through a line that can be cut. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];
  readonly #lines: Lines;

  private constructor(servers: readonly NatsServer[], lines: Lines) {
    this.servers = servers;
    this.#lines = lines;
  }

  static async start(): Promise<NatsCluster> {
    const ports = [await freePort(), await freePort(), await freePort()];
    const lines: Lines = await Promise.all(
      ports.map((_, from) =>
        Promise.all(
          ports.map(async (port, to) => (from === to ? undefined : NetworkLine.to(port))),
        ),
      ),
    );
    const started = ports.map((port, index) => {
      const routes = lines[index]?.flatMap((line) => (line ? [urlOf(line.port)] : [])).join(', ');
      // The address that servers pass on would go around the lines, so it is one where nothing listens.
      const cluster = `cluster { name: test, listen: "127.0.0.1:${port}", advertise: "127.0.0.1:1", routes: [${routes}] }`;
      return NatsServer.start({ config: `server_name: n${index}\n${cluster}` });
    });
    return new NatsCluster(await Promise.all(started), lines);
  }

  /** The network between this server and the two others. Its clients still reach it. */
  become(index: number, state: LineState): void {
    for (const [from, lines] of this.#lines.entries())
      for (const [to, line] of lines.entries())
        if (from === index || to === index) line?.become(state);
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
    await Promise.all(this.#lines.flat().map((line) => line?.close()));
  }
}

function urlOf(port: number): string {
  return `"nats://127.0.0.1:${port}"`;
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
