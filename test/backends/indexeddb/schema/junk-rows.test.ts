// Covers src/backends/indexeddb/schema/row-checks.ts
import { AcklineError, type EventMessage } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { type Context, type OpenStore, openStore } from '../open-store.ts';
import { JUNK_STORES, type JunkStore, junkRow } from './junk-rows.ts';

const ROUNDS = 100;
const ROWS_PER_ROUND = 20;
const SEEDS = [1, 2, 3];

/** The promises of one channel, and their outcomes. */
class Ledger {
  readonly channel: string;
  readonly open = new Set<number>();
  readonly firstDeliveries: number[] = [];
  #next = 0;

  constructor(channel: string) {
    this.channel = channel;
  }

  async publish({ backend }: Context, count: number): Promise<void> {
    const payloads = Array.from({ length: count }, () => this.#next++);
    await backend.publishMany(payloads.map((payload) => ({ channel: this.channel, payload })));
    for (const payload of payloads) this.open.add(payload);
  }

  async take(context: Context, random: () => number): Promise<number> {
    const limit = 1 + Math.floor(random() * 5);
    const messages = await context.backend.dequeueMany(this.channel, limit, 0, { leaseMs: 1_000 });
    for (const message of messages) await this.#settle(context, message, random());
    return messages.length;
  }

  async #settle({ backend }: Context, message: EventMessage, choice: number): Promise<void> {
    const { eventId, lease, channel, attempts } = message;
    const payload = message.payload as number;
    expect(channel).toBe(this.channel);
    expect(this.open, `${channel} ${payload} is not done yet`).toContain(payload);
    if (attempts === 1) this.firstDeliveries.push(payload);
    if (choice < 0.2) expect(await backend.nack(eventId, lease)).toBe('ok');
    else if (choice < 0.3) expect(await backend.extend(eventId, lease, 2_000)).toBe('ok');
    else if (choice >= 0.4) {
      expect(await backend.ack(eventId, lease)).toBe('ok');
      this.open.delete(payload);
    }
  }
}

/** Key columns that are valid for IndexedDB, and that the library never writes. */
function foreignKey(store: JunkStore, queue: string, random: () => number): object {
  const sealed = queue === 'sealed' ? 1_000 : 0;
  const odd = [-random(), random(), `odd${random()}`, new Date(Math.floor(random() * 9e14))];
  const one = odd[Math.floor(random() * odd.length)];
  const epoch = sealed + (queue === 'sealed' ? Math.floor(random() * 99) : -random());
  switch (store) {
    case 'late':
      return { queue, id: `odd${random()}` };
    case 'segments':
      return random() < 0.7 ? { queue } : { queue, seq: one };
    case 'returned':
      return { queue, seq: random(), at: one, dueAt: random() < 0.9 ? 0 : one };
    case 'claims':
      return { queue, epoch: random() < 0.5 ? one : 900 + Math.floor(random() * 99) };
    case 'epochs':
      return { queue, epoch };
    case 'endings':
      return { queue, epoch, generation: one };
    default:
      return { queue };
  }
}

async function writeJunk({ write }: OpenStore, runtime: ManualRuntime): Promise<void> {
  const random = () => runtime.random();
  for (let count = 0; count < ROWS_PER_ROUND; count += 1) {
    const store = JUNK_STORES[Math.floor(random() * JUNK_STORES.length)] as JunkStore;
    const queue = random() < 0.9 ? 'dirty' : 'sealed';
    await write(store, junkRow(store, foreignKey(store, queue, random), runtime));
  }
}

/** Makes all calls on a channel. If its epoch rows are foreign, they may reject with a typed error. */
async function workSealed({ backend }: Context): Promise<void> {
  await backend.publish('sealed', 1);
  for (const use of [() => backend.dequeue('sealed', 0), () => backend.stats('sealed')])
    await use().catch((error: unknown) => expect(error).toBeInstanceOf(AcklineError));
}

for (const seed of SEEDS)
  test(`thousands of foreign rows affect no event of the library (seed ${seed})`, {
    timeout: 60_000,
  }, async () => {
    const db = await openStore();
    const chance = new ManualRuntime({ seed });
    const random = () => chance.random();
    const prototype = Reflect.ownKeys(Object.prototype);
    const contexts: Context[] = [db, db.open()];
    const ledgers = [new Ledger('dirty'), new Ledger('clean')];
    // Afterwards the newest epoch row is one of the library. quarantine-segments.test.ts tests a foreign newest epoch.
    for (const ledger of ledgers) {
      await ledger.publish(db, 1);
      await ledger.take(db, () => 1);
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      await writeJunk(db, chance);
      const context = contexts[round % 2] as Context;
      for (const ledger of ledgers) {
        await ledger.publish(context, 1 + Math.floor(random() * 4));
        await ledger.take(context, random);
        await context.backend.deadLetters(ledger.channel, 3);
        expect((await context.backend.stats(ledger.channel)).ready).toBeGreaterThanOrEqual(0);
      }
      await workSealed(context);
      await db.runtime.advance(Math.floor(random() * 500));
    }
    for (const ledger of ledgers) {
      await db.runtime.advance(10_000);
      while ((await ledger.take(db, () => 1)) > 0);
      expect([...ledger.open]).toEqual([]);
      const inOrder = ledger.firstDeliveries.toSorted((a, b) => a - b);
      expect(ledger.firstDeliveries).toEqual(inOrder);
    }
    expect(Reflect.ownKeys(Object.prototype)).toEqual(prototype);
    expect((await db.store.quarantined('dirty', 9_999)).length).toBeGreaterThan(300);
    expect(await db.store.quarantined('clean', 9)).toEqual([]);
    for (const { observer } of contexts) expect(observer.of('fault')).toEqual([]);
  });
