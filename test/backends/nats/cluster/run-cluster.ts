import type { NatsConnection } from '@nats-io/transport-node';
import { AcklineError, type AsyncEventBackend, type EventMessage } from 'ackline';
import { natsBackend } from 'ackline/nats';
import { checkHistory, type HistoryRecord } from 'ackline/testing';
import { Random } from '../../../simulation/random.ts';
import type { ClusterOptions, ClusterResult, Fault } from './cluster-options.ts';
import { NatsCluster } from './nats-cluster.ts';

const CHANNEL = 'orders';
const STREAM = 'ackline_orders';
const LEASE_MS = 5_000;
/** Publishes of one context at the same time. */
const AT_ONCE = 50;
const BATCH = 50;
const CUT_OFF_MS = 6_000;
const POLL_MS = 50;
const HELD_SHARE = 0.002;
const NACKED_SHARE = 0.03;

const now = () => performance.now();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Contexts publish to and consume from a stream with three replicas, while servers are lost. Then the rest is drained. */
export async function runCluster(options: ClusterOptions): Promise<ClusterResult> {
  const cluster = await NatsCluster.start();
  const run = new ClusterRun(cluster, options);
  try {
    return await run.run();
  } finally {
    await run.close();
    await cluster.end();
  }
}

class ClusterRun {
  readonly #cluster: NatsCluster;
  readonly #options: ClusterOptions;
  readonly #random: Random;
  readonly #records: HistoryRecord[] = [];
  readonly #opened: { readonly backend: AsyncEventBackend; readonly connection: NatsConnection }[] =
    [];
  #next = 0;
  #faultsDone = 0;
  #isPublishing = true;

  constructor(cluster: NatsCluster, options: ClusterOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<ClusterResult> {
    const { faults } = this.#options;
    const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map(() => this.#open()));
    const probe = await this.#cluster.connect();
    await this.#publishOne('p0', first as AsyncEventBackend); // makes the stream
    const consuming = [third, fourth].map((backend, index) =>
      this.#consume(`c${index}`, backend as AsyncEventBackend),
    );
    const publishing = [first, second].flatMap((backend, index) =>
      Array.from({ length: AT_ONCE }, () =>
        this.#publish(`p${index}`, backend as AsyncEventBackend),
      ),
    );
    await this.#breakServers(probe);
    await Promise.all(publishing);
    await this.#cluster.untilCurrent(STREAM, probe);
    this.#isPublishing = false;
    await Promise.all(consuming);
    const stored = await this.#cluster.storedBy(STREAM, probe);
    const version = String(probe.info?.version);
    await probe.close();
    const violations = checkHistory(this.#records);
    const count = (operation: HistoryRecord['operation'], outcome: HistoryRecord['outcome']) =>
      this.#records.filter((one) => one.operation === operation && one.outcome === outcome).length;
    return {
      version,
      stored,
      published: count('publish', 'ok'),
      unknown: count('publish', 'unknown'),
      deliveries: count('deliver', 'ok'),
      acknowledged: count('ack', 'ok'),
      stale: count('ack', 'failed') + count('nack', 'failed'),
      faults: faults.length,
      lost: violations.filter(({ rule }) => rule === 'lost').length,
      violations,
    };
  }

  async close(): Promise<void> {
    for (const { backend, connection } of this.#opened) {
      await backend.shutdown();
      await connection.close();
    }
  }

  async #open(): Promise<AsyncEventBackend> {
    const connection = await this.#cluster.connect();
    const backend = natsBackend({
      ...{ connection, replicas: 3, leaseMs: LEASE_MS, requestTimeoutMs: 60_000 },
    });
    this.#opened.push({ backend, connection });
    return backend;
  }

  async #breakServers(probe: NatsConnection): Promise<void> {
    const { faults, publishes, onProgress } = this.#options;
    for (const [index, fault] of faults.entries()) {
      const from = ((index + 1) * publishes) / (faults.length + 1);
      while (this.#next < from) await pause(POLL_MS);
      const leader = await this.#cluster.leaderOf(STREAM, probe);
      const other = (leader + this.#random.whole(1, 2)) % 3;
      const target = fault === 'kill' ? other : leader;
      onProgress?.(`${fault} n${target} after ${this.#next} publishes`);
      await this.#break(fault, target, probe);
      await this.#cluster.untilCurrent(STREAM, probe);
      this.#faultsDone += 1;
    }
  }

  async #break(fault: Fault, target: number, probe: NatsConnection): Promise<void> {
    const server = this.#cluster.servers[target];
    if (fault === 'cut-off') {
      this.#cluster.become(target, this.#random.pick(['silent', 'cut']));
      await pause(CUT_OFF_MS);
      this.#cluster.become(target, 'open');
      return;
    }
    if (fault === 'stop') {
      server?.signal('SIGSTOP');
      await pause(CUT_OFF_MS);
      server?.signal('SIGCONT');
      return;
    }
    await server?.kill();
    if (this.#options.restarts !== 'at-once')
      while ((await this.#cluster.leaderOf(STREAM, probe)) === target) await pause(POLL_MS);
    await pause(this.#random.whole(0, 999));
    await server?.run();
  }

  async #publish(context: string, backend: AsyncEventBackend): Promise<void> {
    const { publishes, faults } = this.#options;
    while (this.#next < publishes) {
      // Each fault happens in the midst of its share of the publishes.
      const most = (publishes * (this.#faultsDone + 2)) / (faults.length + 1);
      if (this.#next < most) await this.#publishOne(context, backend);
      else await pause(POLL_MS);
    }
  }

  async #publishOne(context: string, backend: AsyncEventBackend): Promise<void> {
    this.#next += 1;
    const eventId = `e${this.#next}`;
    await this.#record(context, 'publish', { eventId }, async () => {
      await backend.publish(CHANNEL, this.#next, null, { id: eventId });
      return 'ok';
    });
  }

  /** Handles events until publishing has ended and nothing has come for longer than a lease. */
  async #consume(context: string, backend: AsyncEventBackend): Promise<void> {
    const settling = new Set<Promise<void>>();
    let idleSince = now();
    while (this.#isPublishing || now() - idleSince < 2 * LEASE_MS) {
      const invoked = now();
      const messages = (await backend.dequeueMany?.(CHANNEL, BATCH, 200).catch(retryLater)) ?? [];
      if (messages.length > 0) idleSince = now();
      for (const message of messages) {
        const { eventId, lease, attempts } = message;
        const of = { eventId, attempts, ...(lease !== undefined && { lease }) };
        this.#records.push({
          ...{ ...of, context, channel: CHANNEL, operation: 'deliver', outcome: 'ok' },
          ...{ invoked, time: now() },
        });
        const settled = this.#settle(context, backend, message, of);
        settling.add(settled);
        void settled.then(() => settling.delete(settled));
      }
    }
    await Promise.all(settling);
  }

  /** Acknowledges most events, returns some, and holds a few for longer than their lease. */
  async #settle(
    context: string,
    backend: AsyncEventBackend,
    { eventId, lease }: EventMessage,
    of: Pick<HistoryRecord, 'eventId' | 'lease' | 'attempts'>,
  ): Promise<void> {
    const chance = this.#random.next();
    if (chance < HELD_SHARE) await pause(LEASE_MS + 500);
    const verb = chance > 1 - NACKED_SHARE ? 'nack' : 'ack';
    await this.#record(context, verb, of, async () =>
      (await backend[verb](eventId, lease)) === 'ok' ? 'ok' : 'failed',
    );
  }

  /** Records a call. One that rejects may have had an effect. */
  async #record(
    context: string,
    operation: HistoryRecord['operation'],
    of: Pick<HistoryRecord, 'eventId' | 'lease' | 'attempts'>,
    run: () => Promise<HistoryRecord['outcome']>,
  ): Promise<void> {
    const invoked = now();
    const outcome = await run().catch((error: unknown) => {
      if (error instanceof AcklineError && error.code === 'unavailable') return 'unknown' as const;
      throw error;
    });
    this.#records.push({
      ...of,
      context,
      channel: CHANNEL,
      operation,
      outcome,
      invoked,
      time: now(),
    });
  }
}

async function retryLater(error: unknown): Promise<[]> {
  if (!(error instanceof AcklineError) || error.code !== 'unavailable') throw error;
  await pause(POLL_MS);
  return [];
}
