// Full cycles over PostgreSQL beside pg-boss and graphile-worker, on a server that is started for it. The peers are no
// dependencies. Install them in a folder, and pass it:
//   npm install pg-boss@10.4.2 graphile-worker@0.17.3
//   npx node bench/postgres/run.ts --peers <folder> --rounds 5
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../test/backends/postgres/postgres-server.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import {
  ACKLINE_PUBLISHES,
  acklineQueue,
  bossQueue,
  graphileQueue,
  type PostgresQueue,
} from './queues.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    events: { type: 'string', default: '20000' },
    only: { type: 'string', default: '' },
  },
});
const requirePeer = createRequire(join(resolve(values.peers), 'package.json'));
/** The server stores each commit on the disk, as it does by default. */
const server = await startPostgres({
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '128MB',
});

const OPEN: Readonly<Record<string, (url: string) => Promise<PostgresQueue>>> = {
  'ackline, acknowledged events deleted': (url) => acklineQueue(url, 0),
  'ackline, acknowledged events kept': (url) => acklineQueue(url, 86_400_000),
  'ackline, publishAndWait': (url) => acklineQueue(url, 0, ACKLINE_PUBLISHES.results),
  'ackline, after the first of the batch': (url) => acklineQueue(url, 0, ACKLINE_PUBLISHES.after),
  'pg-boss': (url) => bossQueue(requirePeer, url),
  'graphile-worker': (url) => graphileQueue(requirePeer, url),
};
const SUBJECTS = Object.keys(OPEN).filter((subject) => subject.startsWith(values.only));
const bodies = makeBodies();
/** A subject that is slower is measured by what it did until then. */
const MOST_MS = 20_000;

let databases = 0;
async function newDatabase(): Promise<string> {
  databases += 1;
  const name = `bench_${databases}`;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return server.url.replace(/\w+$/, name);
}

/** Publishes and handles at the same time. Resolves with the handled events per second. */
async function measure(subject: string, atOnce: number): Promise<number> {
  const queue = await OPEN[subject]?.(await newDatabase());
  if (!queue) throw new TypeError(`there is no subject ${subject}`);
  const count = atOnce === 1 ? Number(values.events) / 10 : Number(values.events);
  const payloads = Array.from({ length: count }, (_, sequence) => payloadOf(sequence, bodies));
  let handled = 0;
  let isOver = false;
  const startedAt = performance.now();
  await new Promise<void>((done) => {
    const timer = setTimeout(done, MOST_MS);
    const onHandled = () => {
      handled += 1;
      if (handled < count) return;
      clearTimeout(timer);
      done();
    };
    void queue.consume(atOnce, onHandled);
    queue.publish(payloads, atOnce).catch((error: unknown) => {
      // What still publishes or waits when the time is over is cut off.
      if (!isOver) throw error;
    });
  });
  isOver = true;
  const perSecond = (handled / (performance.now() - startedAt)) * 1_000;
  await queue.close();
  return perSecond;
}

async function table(title: string, atOnce: number): Promise<void> {
  const figures = new Map<string, number[]>(SUBJECTS.map((subject) => [subject, []]));
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const subject of SUBJECTS) figures.get(subject)?.push(await measure(subject, atOnce));
  console.log(`\n| ${title} | events/s, median | least–greatest |\n|---|--:|--:|`);
  for (const [subject, all] of figures) {
    const sorted = all.toSorted((a, b) => a - b).map((one) => Math.round(one).toLocaleString('en'));
    console.log(
      `| ${subject} | ${sorted[Math.floor(sorted.length / 2)]} | ${sorted[0]}–${sorted.at(-1)} |`,
    );
  }
}

try {
  await table('100 at once', 100);
  await table('one by one', 1);
} finally {
  await server.close();
}
