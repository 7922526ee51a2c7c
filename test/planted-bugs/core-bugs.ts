import type { PlantedBug } from './planted-bug.ts';

const LIFECYCLE = 'src/core/events/lifecycle.ts';
const TOKEN = 'src/core/events/fencing-token.ts';
const LEDGER = 'src/queue/lease-ledger.ts';
const MEMORY = 'src/backends/memory/memory-store.ts';

/** Mistakes in `core`, `queue` and `memory`. */
export const CORE_BUGS: readonly PlantedBug[] = [
  {
    name: 'no check of the fencing token',
    file: TOKEN,
    from: 'held.lease === lease ?',
    to: 'held.lease >= lease ?',
  },
  {
    name: 'an ack of an event that is not stored answers ok',
    file: TOKEN,
    from: "if (held === undefined) return 'gone';",
    to: "if (held === undefined) return 'ok';",
  },
  {
    name: 'the delay of a nack is forgotten',
    file: LIFECYCLE,
    from: "return waiting('scheduled', attempts, now + delayMs, lastError);",
    to: "return waiting('scheduled', attempts, now, lastError);",
  },
  {
    name: 'attempts are not counted',
    file: LIFECYCLE,
    from: 'const attempts = event.attempts + 1;',
    to: 'const { attempts } = event;',
  },
  {
    name: 'an expired event is delivered for another second',
    file: LIFECYCLE,
    from: 'begins + ttlMs <= now',
    to: 'begins + ttlMs + 1_000 <= now',
  },
  {
    name: 'no place of a claim goes to the oldest event',
    file: 'src/queue/split-claim.ts',
    from: 'places: Math.floor(all / AGED_EVERY)',
    to: 'places: 0',
    test: 'test/queue/split-claim.test.ts',
  },
  {
    name: 'one attempt more than the maximum',
    file: LIFECYCLE,
    from: 'if (attempts >= event.maxAttempts)',
    to: 'if (attempts > event.maxAttempts)',
  },
  {
    name: 'a release counts as an attempt',
    file: LIFECYCLE,
    from: "return waiting('ready', event.attempts - 1, event.availableAt, event.lastError);",
    to: "return waiting('ready', event.attempts, event.availableAt, event.lastError);",
    test: 'test/core/events/lifecycle.test.ts',
  },
  {
    name: 'a settlement without a lease settles under any lease',
    file: 'src/queue/requests.ts',
    from: 'const lease = given ?? known?.lease;',
    to: 'const lease = given ?? known?.lease ?? 1;',
  },
  {
    name: 'the loss of an old lease drops the newer one',
    file: LEDGER,
    from: 'if (!held || held.lease !== lease) return;',
    to: 'if (!held) return;',
    test: 'test/queue/lease-ledger.test.ts',
  },
  {
    name: 'a wake-up between a claim and the sleep is lost',
    file: 'src/queue/poll-wait.ts',
    from: 'if (this.#isWoken || ms <= 0) {',
    to: 'if (ms <= 0) {',
    test: 'test/queue/poll-wait.test.ts',
  },
  {
    name: 'a consumer scans before it subscribes',
    file: 'src/queue/claim-waiter.ts',
    from: 'const first = notifier.subscribesFirst ? undefined : claim(request);',
    to: 'const first = await claim(request);',
    test: 'test/queue/queue-backend.test.ts',
  },
  {
    name: 'shutdown keeps the leases',
    file: 'src/queue/queue-backend.ts',
    from: 'await this.#release(this.#leases.takeAll());',
    to: 'this.#leases.takeAll();',
  },
  {
    name: 'memory: expired leases are not taken back',
    file: MEMORY,
    from: 'this.#expireLeases(channel, now);\n    const messages',
    to: 'const messages',
  },
  {
    name: 'memory: a leased event is forgotten before it is handled',
    file: 'src/backends/memory/lane.ts',
    from: 'this.leased.add(stored);\n    return leased;',
    to: 'return leased;',
  },
  {
    name: 'memory: an acknowledged event stays among the leased ones',
    file: MEMORY,
    from: 'stored.lane.leased.remove(stored);',
    to: "if (command.verb !== 'ack') stored.lane.leased.remove(stored);",
  },
  {
    name: 'memory: a nacked event keeps its lease',
    file: MEMORY,
    from: 'stored.state = waiting;',
    to: 'stored.state = { ...stateOf(stored), ...waiting };',
  },
  {
    name: 'memory: two consumers get the last event of a channel',
    file: 'src/queue/due-level.ts',
    from: 'if (!returned) this.fresh.removeFirst();',
    to: 'if (!returned && this.fresh.size > 1) this.fresh.removeFirst();',
  },
  {
    name: 'memory: the delay of a publish is forgotten',
    file: MEMORY,
    from: 'lane.add(event, ++this.lastOrder, delayMs > 0 ? this.#now() : undefined);',
    to: 'lane.add(event, ++this.lastOrder, undefined);',
  },
  {
    name: 'memory: a clock that is set back is not followed',
    file: 'src/backends/memory/lanes.ts',
    from: 'const isSetBack = clockShift(this.#latest, now) < 0;',
    to: 'const isSetBack = clockShift(this.#latest, now) > 0;',
  },
  {
    name: 'memory: a purge puts dead letters back',
    file: 'src/backends/memory/move-letters.ts',
    from: 'const events = (isRedrive ? letters : []).map(',
    to: 'const events = letters.map(',
  },
  {
    name: 'memory: an event reaches the first group of its channel alone',
    file: 'src/backends/memory/lanes.ts',
    from: 'const copies = queues.map(',
    to: 'const copies = queues.slice(0, 1).map(',
  },
  {
    name: 'memory: the events of a deleted group are kept for the next group of its name',
    file: 'src/backends/memory/memory-groups.ts',
    from: '  store.lanes.delete(queue);\n',
    to: '',
  },
];
