import type { Random } from './random.ts';
import {
  type Given,
  type Key,
  type PlannedRequest,
  type PlannedTransaction,
  type StoreName,
  UNCLONEABLE,
} from './storage-actions.ts';

/**
 * With it, a generator of keys is used up. No other key that is given is above the generator's, and no transaction with this one
 * fails: in fake-indexeddb a generator does not go back when such a transaction is aborted. The backend gives keys only to a
 * generator that is used up.
 */
const LAST_KEY = 2 ** 53;

/** Draws the requests of one transaction. */
export class RequestMaker {
  readonly #random: Random;
  #tag = 0;
  #isUsedUp = false;

  constructor(random: Random) {
    this.#random = random;
  }

  make(
    stores: readonly StoreName[],
    ending: PlannedTransaction['ending'],
    mayWrite: boolean,
  ): PlannedRequest[] {
    const random = this.#random;
    const count = random.whole(0, 5);
    if (mayWrite && ending === 'commit' && stores.includes('numbered') && random.chance(0.03))
      return [this.#exhaust()];
    const requests = Array.from({ length: count }, (_, place): PlannedRequest => {
      const store = random.pick(stores);
      const isLast = place === count - 1;
      const mayFail = ending !== 'commit' || isLast;
      const request =
        mayWrite && random.chance(0.7)
          ? this.#write(store, mayFail)
          : this.#read(store, ending, isLast);
      return { ...request, handler: ending === 'auto' ? this.#handler() : undefined };
    });
    if (mayWrite && random.chance(0.05)) requests.push(this.#badWrite(random.pick(stores)));
    return requests;
  }

  #exhaust(): PlannedRequest {
    this.#isUsedUp = true;
    return { verb: 'put', store: 'numbered', given: [{ row: { queue: 'a', n: LAST_KEY } }] };
  }

  #handler(): PlannedRequest['handler'] {
    if (this.#random.chance(0.04)) return 'abort';
    return this.#random.chance(0.5) ? 'prevent' : undefined;
  }

  #write(store: StoreName, mayFail: boolean): PlannedRequest {
    const random = this.#random;
    if (random.chance(0.25))
      return {
        verb: 'delete',
        store,
        given: [random.chance(0.5) ? this.#key(store) : this.#range(store)],
      };
    const verb = mayFail && random.chance(0.6) ? 'add' : 'put';
    const key = this.#key(store);
    const row = { row: this.#row(store, key, mayFail) };
    return { verb, store, given: store === 'plain' ? [row, key] : [row] };
  }

  /** Throws: the row cannot be cloned, or has no valid key. */
  #badWrite(store: StoreName): PlannedRequest {
    // The key of the first is valid in every store: engines check key and value in different orders.
    const valid = { ...UNCLONEABLE, queue: 'a', at: 1, until: 1, id: 'x' };
    const row = this.#random.chance(0.5) ? valid : { queue: 'a', n: true };
    const key = row === valid && store === 'plain' ? [0] : [];
    return { verb: 'put', store, given: [{ row }, ...key] };
  }

  #row(store: StoreName, key: Key, mayFail: boolean): object {
    const random = this.#random;
    this.#tag += 1;
    const tag = this.#tag;
    const [queue, at] = Array.isArray(key) ? key : [];
    if (store === 'rows')
      return { queue, at, tag, ...(random.chance(0.7) && { since: random.whole(0, 4) }) };
    if (store === 'ids')
      return { until: queue, id: at, tag, published: mayFail ? this.#published() : [] };
    if (store === 'plain') return { tag };
    const hasKey = (this.#isUsedUp && !mayFail) || random.chance(0.2);
    return { queue: random.pick(['a', 'b']), tag, ...(hasKey && { n: random.pick([-1, 0, 0.5]) }) };
  }

  #published(): Key[] {
    const random = this.#random;
    return Array.from({ length: random.whole(0, 3) }, () => ['a', `e${random.whole(0, 9)}`]);
  }

  #read(store: StoreName, ending: PlannedTransaction['ending'], isLast: boolean): PlannedRequest {
    const random = this.#random;
    const indexes = { rows: 'since', numbered: 'queue', ids: 'event', plain: undefined };
    const index = random.chance(0.4) ? indexes[store] : undefined;
    const given: Given = random.chance(0.7) ? this.#range(store, index) : this.#key(store, index);
    const verb = random.pick([
      'get',
      'getKey',
      'count',
      'getAll',
      'getAllKeys',
      'openCursor',
      'openKeyCursor',
    ]);
    const read = { verb, store, index };
    if (verb.startsWith('open')) {
      const steps = isLast && ending !== 'commit' ? random.whole(1, 3) : 1;
      return { ...read, given: [given, random.pick(['next', 'prev'])], steps };
    }
    const isMany = verb.startsWith('getAll');
    const isAll = (isMany || verb === 'count') && random.chance(0.2);
    const count = random.pick([undefined, 1, 2]);
    return { ...read, given: isMany ? [isAll ? undefined : given, count] : isAll ? [] : [given] };
  }

  #key(store: StoreName, index?: string): Key {
    const random = this.#random;
    if (index === 'event') return ['a', `e${random.whole(0, 9)}`];
    if (index) return [random.pick(['a', 'b']), random.whole(0, 4)];
    if (store === 'rows')
      return [random.pick(['a', 'b']), random.pick([-2, 0.5, 1, 2 ** 60, 'x', ['x']])];
    if (store === 'ids') return [random.whole(0, 3), random.pick(['x', 'y'])];
    return random.pick(store === 'plain' ? [0, 'zero', [0]] : [-1, 0.5, 1, 2, 3, 4]);
  }

  #range(store: StoreName, index?: string): Given {
    const random = this.#random;
    const isNested = index !== undefined || store === 'rows';
    if (isNested && random.chance(0.5)) {
      const queue = random.pick(['a', 'b']);
      return { range: [[queue], [queue, []], false, random.chance(0.5)] };
    }
    const keys = [this.#key(store, index), this.#key(store, index)] as const;
    const order = compareKeys(...keys);
    const [lower, upper] = order > 0 ? [keys[1], keys[0]] : keys;
    const isOpen = () => order !== 0 && random.chance(0.3);
    return { range: [lower, upper, isOpen(), isOpen()] };
  }
}

/** As the keys of IndexedDB are ordered. */
function compareKeys(one: Key | undefined, other: Key | undefined): number {
  if (Array.isArray(one) && Array.isArray(other)) {
    const length = Math.max(one.length, other.length);
    const orders = Array.from({ length }, (_, place) => compareKeys(one[place], other[place]));
    return orders.find((order) => order !== 0) ?? 0;
  }
  const byType = rankOfType(one) - rankOfType(other);
  if (byType !== 0 || one === other) return byType;
  return (one as number) < (other as number) ? -1 : 1;
}

function rankOfType(key: Key | undefined): number {
  return ['undefined', 'number', 'string', 'object'].indexOf(typeof key);
}
