import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * - `open`: everything arrives.
 * - `cut`: all connections are reset, and so is each new one.
 * - `silent`: nothing arrives, and no connection is closed. What was sent arrives when the line is open again, as it does on a network whose
 *   cable is out for a while.
 * - `deaf`: what clients send arrives, and the answers are lost.
 */
export type LineState = 'open' | 'cut' | 'silent' | 'deaf';

/** Both ends of one connection through the line. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** The network between clients and a server of a test: a TCP proxy that a test can break. */
export class NetworkLine {
  readonly #proxy = createServer();
  readonly #pairs = new Set<Pair>();
  readonly #target: number;
  #state: LineState = 'open';
  #lostBytes = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#proxy.on('connection', (client) => this.#join(client));
  }

  /** A line to a port of this machine, where nothing need listen yet. */
  static async to(target: number): Promise<NetworkLine> {
    const line = new NetworkLine(target);
    line.#proxy.listen(0, '127.0.0.1');
    await once(line.#proxy, 'listening');
    return line;
  }

  get port(): number {
    return (this.#proxy.address() as AddressInfo).port;
  }

  /** Bytes of answers that were lost while the line was deaf. */
  get lostBytes(): number {
    return this.#lostBytes;
  }

  /** A connection that has lost bytes is reset when the state changes, because its ends cannot go on with it. */
  become(state: LineState): void {
    const wasDeaf = this.#state === 'deaf';
    this.#state = state;
    for (const pair of this.#pairs)
      if (state === 'cut' || wasDeaf) reset(pair);
      else this.#relay(pair);
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) reset(pair);
    const closed = once(this.#proxy, 'close');
    this.#proxy.close();
    await closed;
  }

  #join(client: Socket): void {
    // The event `close` follows.
    client.on('error', () => undefined);
    if (this.#state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const pair = { client, server: connect(this.#target, '127.0.0.1') };
    this.#pairs.add(pair);
    for (const socket of [client, pair.server]) {
      socket.setNoDelay();
      if (socket !== client) socket.on('error', () => undefined);
      socket.once('close', () => this.#leave(pair));
    }
    client.on('data', (data) => pass(client, pair.server, data));
    pair.server.on('data', (data) => {
      if (this.#state === 'deaf') this.#lostBytes += data.length;
      else pass(pair.server, client, data);
    });
    this.#relay(pair);
  }

  /** An end that is gone is not noticed by the other end while nothing arrives. */
  #leave(pair: Pair): void {
    if (this.#state === 'silent') return;
    reset(pair);
    this.#pairs.delete(pair);
  }

  #relay(pair: Pair): void {
    const { client, server } = pair;
    if (this.#state === 'silent') {
      client.pause();
      server.pause();
    } else if (client.destroyed || server.destroyed) {
      this.#leave(pair);
    } else {
      client.resume();
      server.resume();
    }
  }
}

function pass(from: Socket, to: Socket, data: Buffer): void {
  if (to.write(data)) return;
  from.pause();
  to.once('drain', () => from.resume());
}

function reset({ client, server }: Pair): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}
