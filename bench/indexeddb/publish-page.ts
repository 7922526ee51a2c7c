import { check } from '../check.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import { AcklineQueue } from './ackline-queue.ts';
import { deleteDatabase } from './database.ts';
import { FloorQueue } from './floor-queue.ts';
import type { PublishPage } from './publish-page-bench.ts';

/** Runs in the browser. The bench calls `window.publishing`. */

const bodies = makeBodies();

const page: PublishPage = {
  async publishAll({ subject, durability, events, atOnce }) {
    const settings = { database: `publish-${crypto.randomUUID()}`, durability };
    const queue =
      subject === 'ackline' ? new AcklineQueue(settings) : await FloorQueue.open(settings);
    const payloads = Array.from({ length: events }, (_, sequence) => payloadOf(sequence, bodies));
    const before = await queue.countLeft();
    check(before === 0, 'the database is new, and open', before);
    const startedAt = performance.now();
    for (let from = 0; from < events; from += atOnce)
      await Promise.all(
        payloads.slice(from, from + atOnce).map((payload) => queue.publish([payload])),
      );
    const elapsedMs = performance.now() - startedAt;
    const stored = await queue.countLeft();
    check(stored === events, `${events} events are stored`, stored);
    await queue.close();
    await deleteDatabase(settings.database);
    return elapsedMs;
  },
};

window.publishing = page;
