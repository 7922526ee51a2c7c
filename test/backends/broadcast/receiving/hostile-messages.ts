/** Returns a random number in [0, 1). */
export type Random = () => number;

/** What a hostile script can know, because it receives all messages. */
export interface Received {
  /** The messages that were posted. */
  readonly messages: readonly unknown[];
}

type Maker = (random: Random, received: Received) => unknown;

const KINDS = 'events hello bye heads ask replay recall history receipts'.split(' ');
const KEYS =
  'ackline kind from to events channels joined returned asks heads histories channel publisher seq eventId payload metadata createdAt delayMs confirm after upTo since head count receipts outcome reason reply'.split(
    ' ',
  );

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

function cyclic(): unknown {
  const value: Record<string, unknown> = { ackline: 1, kind: 'events', from: 'x' };
  value['events'] = [value, new Map([[value, value]])];
  value['self'] = value;
  return value;
}

const JUNK: readonly Maker[] = [
  (random) => pick(random, [undefined, null, true, -0, Number.NaN, 7n, '', 'ackline', 2 ** 53]),
  (random) => pick(random, [new Date(Number.NaN), /x/gu, new Error('x'), new Map(), new Set([{}])]),
  (random) => new Uint8Array(Math.floor(random() * 5_000)),
  (random) => new Array(pick(random, [0, 3, 2 ** 32 - 1])),
  () => ({ length: 2, 0: 'a', 1: 'b' }),
  () => ({ toString: 5, valueOf: 5, constructor: null }),
  () => JSON.parse('{"__proto__": {"polluted": true}, "ackline": 1, "kind": "__proto__"}'),
  () =>
    JSON.parse('{"ackline": 1, "kind": "events", "constructor": {"prototype": {"polluted": 1}}}'),
  () => cyclic(),
  (random) => nested(Math.floor(random() * 2_000)),
  (random) => 'x'.repeat(Math.floor(random() * 20_000)),
];

function junk(random: Random, received: Received): unknown {
  return pick(random, JUNK)(random, received);
}

/** An object of any shape, with property names of the wire format. */
function shaped(random: Random, received: Received): unknown {
  const message: Record<string, unknown> = { ackline: pick(random, [1, 1, 1, 0, 2, '1', 1.5]) };
  message['kind'] = pick(random, [...KINDS, 'toString', '__proto__', 1]);
  for (let count = Math.floor(random() * 8); count > 0; count -= 1)
    message[pick(random, KEYS)] = junk(random, received);
  return message;
}

/** A real message with one part changed. */
function mutated(random: Random, received: Received): unknown {
  const original = structuredClone(pick(random, received.messages));
  let target = original as Record<string, unknown>;
  if (typeof target !== 'object' || target === null) return original;
  for (let depth = Math.floor(random() * 4); depth > 0; depth -= 1) {
    const inner = pick(
      random,
      Object.values(target).filter((value) => typeof value === 'object' && value !== null),
    );
    if (inner === undefined) break;
    target = inner as Record<string, unknown>;
  }
  const keys = Object.keys(target);
  const key = keys.length === 0 ? 'x' : pick(random, keys);
  // A part that cannot be changed, such as a byte of a view, stays.
  if (random() < 0.2) Reflect.deleteProperty(target, key);
  else Reflect.set(target, key, junk(random, received));
  return original;
}

/** A real message, repeated out of order. */
function repeated(random: Random, received: Received): unknown {
  return pick(random, received.messages);
}

/** Messages in the name of other contexts, with false members, false positions and false goodbyes. */
function forged(random: Random, received: Received): unknown {
  const { from = 'x' } = (pick(random, received.messages) ?? {}) as { from?: string };
  const other = ((pick(random, received.messages) ?? {}) as { from?: string }).from ?? 'y';
  const channel = pick(random, ['news', 'other', 'nowhere']);
  const seq = pick(random, [1, 2, 3, 1_000_000, Number.MAX_SAFE_INTEGER]);
  const stream = { channel, publisher: other, seq };
  const answer = { ackline: 1, from, to: other, question: seq, channel, publisher: from };
  return pick(random, [
    { ackline: 1, kind: 'bye', from, channels: [channel] },
    {
      ackline: 1,
      kind: 'hello',
      from,
      channels: [channel],
      joined: [channel],
      returned: [channel],
      asks: true,
    },
    {
      ackline: 1,
      kind: 'hello',
      from: `made-up-${seq}`,
      channels: [channel],
      joined: [],
      returned: [],
      asks: false,
    },
    {
      ackline: 1,
      kind: 'heads',
      from,
      to: other,
      heads: [stream],
      joined: [channel],
      histories: [channel],
    },
    { ...answer, kind: 'ask', after: 0, upTo: seq, since: pick(random, [null, 0, seq]) },
    { ...answer, kind: 'replay', head: seq, after: seq, events: [] },
    { ...answer, kind: 'recall', count: seq },
    { ...answer, kind: 'history', events: [], heads: [stream] },
    {
      ackline: 1,
      kind: 'receipts',
      from,
      to: other,
      receipts: [{ eventId: 'none', outcome: 'acknowledged', reason: null }],
    },
  ]);
}

/** Well-formed events of unknown publishers, with gaps, some of them large. */
function flooding(random: Random): unknown {
  const publisher = `flood-${Math.floor(random() * 200)}`;
  const seq = 1 + Math.floor(random() * 1_000_000);
  const event = {
    channel: 'flooded',
    publisher,
    seq,
    eventId: `${publisher}-${seq}`,
    payload: 'x'.repeat(pick(random, [1, 1, 1, 30_000])),
    metadata: null,
    createdAt: 0,
  };
  return { ackline: 1, kind: 'events', from: publisher, events: [event] };
}

const MAKERS: readonly Maker[] = [
  junk,
  shaped,
  shaped,
  mutated,
  mutated,
  repeated,
  forged,
  forged,
  flooding,
];

/** One message that any script of the origin could post. It never removes messages of others. */
export function hostileMessage(random: Random, received: Received): unknown {
  return pick(random, MAKERS)(random, received);
}
