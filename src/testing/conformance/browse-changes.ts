import type { EventMessage } from '../../core/events/message.ts';
import type { EventState } from '../../core/protocols/browsed-page.ts';
import { browse } from '../../inspection/browse.ts';
import { CHANNEL, type FullBackend, openBackend } from './arrange.ts';
import type { ConformanceCase, ConformanceContext } from './conformance-case.ts';
import { expectEqual, expectTrue } from './expect.ts';

const ROUNDS = 40;
const MOST_EVENTS = 60;
const LONG_LEASE_MS = 10_000_000;

/** Whole numbers from 0 to below `limit`, the same ones in each run. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

interface Known {
  state: EventState;
  availableAt: number;
  held?: { readonly backend: FullBackend; readonly lease: EventMessage['lease'] };
}

/** Changes a channel at random through several contexts, and knows the state of each event. */
class Changes {
  readonly known: Map<string, Known> = new Map();
  /** The events that changed their state since it was cleared. */
  readonly touched: Set<string> = new Set();
  readonly #context: ConformanceContext;
  readonly #backends: readonly FullBackend[];
  readonly #random: (limit: number) => number;

  constructor(context: ConformanceContext, random: (limit: number) => number) {
    this.#context = context;
    this.#random = random;
    this.#backends = [openBackend(context), openBackend(context)];
  }

  idsIn(state: EventState): string[] {
    return [...this.known].filter(([, event]) => event.state === state).map(([id]) => id);
  }

  async make(): Promise<void> {
    const backend = this.#backends[this.#random(2)] as FullBackend;
    const action = this.#random(11);
    if (action < 3 && this.known.size < MOST_EVENTS) await this.#publish(backend);
    else if (action < 5) await this.#take(backend);
    else if (action < 8) await this.#settle();
    else if (action < 9) await this.#advance();
    else if (action < 10) await this.#redrive(backend);
    else await this.#cancel(backend);
  }

  #set(eventId: string, event: Known): void {
    this.known.set(eventId, event);
    this.touched.add(eventId);
  }

  async #publish(backend: FullBackend): Promise<void> {
    const drafts = Array.from({ length: 1 + this.#random(4) }, () => {
      const delayMs = this.#random(3) === 0 ? 1 + this.#random(60) : 0;
      return { channel: CHANNEL, payload: null, options: { delayMs } };
    });
    const now = this.#context.runtime.now();
    for (const [index, eventId] of (await backend.publishMany(drafts)).entries()) {
      const { delayMs = 0 } = drafts[index]?.options ?? {};
      const state = delayMs > 0 ? 'scheduled' : 'ready';
      this.#set(eventId, { state, availableAt: now + delayMs });
    }
  }

  async #take(backend: FullBackend): Promise<void> {
    const options = { leaseMs: LONG_LEASE_MS };
    const messages = await backend.dequeueMany(CHANNEL, 1 + this.#random(3), 0, options);
    for (const { eventId, lease } of messages)
      this.#set(eventId, { state: 'leased', availableAt: 0, held: { backend, lease } });
  }

  async #settle(): Promise<void> {
    const ids = this.idsIn('leased');
    const eventId = ids[this.#random(ids.length)];
    const held = eventId === undefined ? undefined : this.known.get(eventId)?.held;
    if (eventId === undefined || !held) return;
    const { backend, lease } = held;
    const now = this.#context.runtime.now();
    const verb = this.#random(5);
    const delayMs = 1 + this.#random(40);
    const settle = () => {
      if (verb === 1) return backend.nack(eventId, lease, undefined, CHANNEL);
      if (verb === 2) return backend.nack(eventId, lease, { delayMs }, CHANNEL);
      if (verb === 3) return backend.reject(eventId, lease, undefined, CHANNEL);
      return backend.ack(eventId, lease, undefined, CHANNEL);
    };
    expectEqual(await settle(), 'ok', 'a settlement');
    this.touched.add(eventId);
    if (verb === 1) this.#set(eventId, { state: 'ready', availableAt: 0 });
    else if (verb === 2) this.#set(eventId, { state: 'scheduled', availableAt: now + delayMs });
    else if (verb === 3) this.#set(eventId, { state: 'dead', availableAt: 0 });
    else this.known.delete(eventId);
  }

  async #advance(): Promise<void> {
    await this.#context.runtime.advance(1 + this.#random(20));
    const now = this.#context.runtime.now();
    for (const eventId of this.idsIn('scheduled'))
      if ((this.known.get(eventId)?.availableAt ?? 0) <= now)
        this.#set(eventId, { state: 'ready', availableAt: 0 });
  }

  async #cancel(backend: FullBackend): Promise<void> {
    const ids = [...this.idsIn('ready'), ...this.idsIn('scheduled')];
    const eventId = ids[this.#random(ids.length)];
    if (eventId === undefined || !backend.capabilities?.cancel) return;
    expectEqual(await backend.cancel(CHANNEL, eventId), 'ok', 'a cancel');
    this.touched.add(eventId);
    this.known.delete(eventId);
  }

  async #redrive(backend: FullBackend): Promise<void> {
    const [eventId] = this.idsIn('dead');
    if (eventId === undefined) return;
    expectEqual(await backend.redrive(CHANNEL, { ids: [eventId] }), 1, 'letters put back');
    this.#set(eventId, { state: 'ready', availableAt: 0 });
  }
}

export const browseChangesCases: readonly ConformanceCase[] = (
  ['ready', 'scheduled', 'leased', 'dead'] as const
).map((state, index) => ({
  name: `browse: shows each ${state} event once, whatever other contexts change meanwhile`,
  requires: [
    ...(['browse', 'publishMany', 'dequeueMany', 'reject', 'redrive'] as const),
    ...(['delayMs', 'leaseMs', 'contexts'] as const),
  ],
  async run(context) {
    const random = randomNumbers(index + 1);
    const reader = openBackend(context);
    const changes = new Changes(context, random);
    for (let count = 0; count < 30; count += 1) await changes.make();
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = changes.idsIn(state);
      changes.touched.clear();
      const shown: string[] = [];
      let after: string | undefined;
      do {
        const page = await browse(reader, CHANNEL, { state, limit: 1 + random(4), after });
        shown.push(...page.events.map(({ eventId }) => eventId));
        after = page.after;
        for (let count = random(4); count > 0; count -= 1) await changes.make();
      } while (after !== undefined && shown.length < 1_000);
      expectEqual(new Set(shown).size, shown.length, `events shown twice in round ${round}`);
      const skipped = before.filter((id) => !changes.touched.has(id) && !shown.includes(id));
      expectEqual(skipped, [], `events that were skipped in round ${round}`);
      const wrong = shown.filter((id) => !before.includes(id) && !changes.touched.has(id));
      expectEqual(wrong, [], `events that were in another state in round ${round}`);
    }
    expectTrue(changes.known.size > 0, 'events are left');
  },
}));
