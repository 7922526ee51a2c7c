import { EventChannel, type PublishOptions } from 'ackline';
import { createGroup } from 'ackline/groups';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';

export type FeatureSubject = 'plain' | 'keyed' | 'published once' | 'three groups' | 'dependent';

declare global {
  interface Window {
    features: typeof features;
  }
}

const IN_FLIGHT = 100;
const KEYS = 1_000;
const GROUPS = ['mail', 'search', 'stock'];
const NOTE = 'x'.repeat(250);
const HOUR_MS = 3_600_000;

type Work = { work: { readonly number: number; readonly note: string } };

let opened = 0;

function openEvents(): EventChannel<Work> {
  opened += 1;
  const database = `features-${opened}`;
  const backend = indexedDbBackend({ database, features: allFeatures, maxDeadLetters: 1_000_000 });
  return new EventChannel<Work>({ backend });
}

const features = {
  /** Publishes and acknowledges so many events, 100 at a time. Resolves with the deliveries in a second. */
  async cycle(subject: FeatureSubject, count: number): Promise<number> {
    const events = openEvents();
    const rate = await cycleThrough(events, subject, count);
    await events.shutdown();
    return rate;
  },
  /** As `cycle` with a thousand keys, beside `hot` events that wait behind a leased one of another key. */
  async cycleBesideHotKey(hot: number, count: number): Promise<number> {
    const events = openEvents();
    const options = { key: 'hot' };
    for (let done = 0; done <= hot; done += 500) {
      const length = Math.min(500, hot + 1 - done);
      await events.publishMany(
        Array.from({ length }, (_, at) => ({ ...draft(-1 - done - at), options })),
      );
    }
    const leased = await events.dequeue('work', { leaseMs: HOUR_MS });
    // One claim sets a few hundred events aside, once for all.
    for (let passed = 0; passed <= hot; passed += 500)
      if (!leased || (await events.dequeue('work', { pollIntervalMs: 0 })))
        throw new Error('the key holds nothing back');
    const rate = await cycleThrough(events, 'keyed', count);
    await events.shutdown();
    return rate;
  },
  /** Makes so many dead letters, and puts them back. Resolves with the redriven events in a second. */
  async redrive(count: number): Promise<number> {
    const events = openEvents();
    const drafts = Array.from({ length: 500 }, (_, number) => draft(number));
    for (let done = 0; done < count; done += drafts.length) {
      await events.publishMany(drafts);
      const deliveries = await events.dequeueMany('work', drafts.length);
      await Promise.all(deliveries.map(({ reject }) => reject('to be redriven')));
    }
    const startedAt = performance.now();
    const redriven = await events.redrive('work');
    const ms = performance.now() - startedAt;
    await events.shutdown();
    if (redriven !== count) throw new Error(`${redriven} of ${count} were redriven`);
    return (count / ms) * 1_000;
  },
};

async function cycleThrough(
  events: EventChannel<Work>,
  subject: FeatureSubject,
  count: number,
): Promise<number> {
  const groups = subject === 'three groups' ? GROUPS : [undefined];
  const cycles = new Cycles(groups.length);
  for (const group of groups) {
    if (group) await createGroup(events, 'work', group, { plainQueue: false });
    const options = { concurrency: IN_FLIGHT, ...(group && { group }) };
    events.listen('work', ({ payload }) => cycles.handled(payload.number), options);
  }
  let next = 0;
  const startedAt = performance.now();
  const loop = async () => {
    while (next < count) {
      const number = next++;
      const handled = cycles.begin(number);
      await publish(events, subject, number);
      await handled;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
  await events.drain();
  const ms = performance.now() - startedAt;
  return ((count * groups.length) / ms) * 1_000;
}

const draft = (number: number) => ({ channel: 'work' as const, payload: { number, note: NOTE } });

/** The second event of each pair waits for the first. */
async function publish(
  events: EventChannel<Work>,
  subject: FeatureSubject,
  number: number,
): Promise<void> {
  const { payload } = draft(number);
  if (subject !== 'dependent') {
    await events.publish('work', payload, null, optionsOf(subject, number));
    return;
  }
  const pair = pairs.get(events) ?? new Map<number, Promise<string>>();
  pairs.set(events, pair);
  const isFirst = number % 2 === 0;
  const options = isFirst
    ? { retentionMs: HOUR_MS }
    : { after: (await pair.get(number - 1)) ?? '' };
  const published = events.publish('work', payload, null, options);
  if (isFirst) pair.set(number, published);
  await published;
}

/** The ids of the first events of the pairs. */
const pairs = new WeakMap<object, Map<number, Promise<string>>>();

function optionsOf(subject: FeatureSubject, number: number): PublishOptions {
  if (subject === 'keyed') return { key: `key-${number % KEYS}` };
  return subject === 'published once' ? { id: `id-${number}` } : {};
}

/** Resolves for each event when all of its deliveries were handled. */
class Cycles {
  readonly #deliveries: number;
  readonly #waiting = new Map<number, { left: number; end: () => void }>();

  constructor(deliveries: number) {
    this.#deliveries = deliveries;
  }

  begin(number: number): Promise<void> {
    return new Promise((end) => this.#waiting.set(number, { left: this.#deliveries, end }));
  }

  handled(number: number): void {
    const cycle = this.#waiting.get(number);
    if (!cycle) return;
    cycle.left -= 1;
    if (cycle.left > 0) return;
    this.#waiting.delete(number);
    cycle.end();
  }
}

window.features = features;
