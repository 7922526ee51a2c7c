import type { PublishOptions } from 'ackline';
import fc from 'fast-check';
import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { channelOf, lineOf, type Model } from './model.ts';
import { type Draft, publish } from './model-publish.ts';
import { stats } from './model-verbs.ts';
import {
  channel,
  command,
  context,
  contextOf,
  follow,
  fromEnd,
  KEYS,
  mayChange,
  pick,
  type Reached,
  type Real,
  sometimes,
} from './reached.ts';

/** Longer than a run. Over IndexedDB an event gets the result when a claim finds that it may be let go. */
const RETENTION_MS = 86_400_000;

type WhenFull = 'reject' | 'drop-oldest';

interface Order {
  readonly priority?: number;
  readonly key?: string;
  readonly blocks?: boolean;
  readonly replaces?: boolean | undefined;
  /** Which of the published events it waits for, counted from the last one, or the id of that event. */
  readonly after?: number | string;
}

const id = fc.constantFrom('x', 'y', 'z');
const keyed: fc.Arbitrary<Order> = fc.record({
  key: fc.constantFrom(...KEYS),
  blocks: fc.boolean(),
  replaces: sometimes(fc.constant(true)),
});
const dependent: fc.Arbitrary<Order> = fc.record({
  after: fc.oneof(pick, id),
  blocks: fc.boolean(),
  priority: fc.constantFrom(0, 0, 5),
});
const order: fc.Arbitrary<Order> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record({ priority: fc.constantFrom(-5, 0, 5, 9) }),
  keyed,
  dependent,
);
const delay = fc.record({ ms: fc.constantFrom(0, 1, 1_000), isTime: fc.boolean() });
const draft = fc.record({
  channel,
  id: sometimes(id),
  delay: sometimes(delay),
  ttlMs: sometimes(fc.constantFrom(1, 1_000, 30_000)),
  order,
  retentionMs: fc.constantFrom(undefined, RETENTION_MS),
});
const limit = fc.record({
  maxBacklog: fc.integer({ min: 1, max: 5 }),
  whenFull: fc.constantFrom<WhenFull>('reject', 'drop-oldest'),
});
const common = {
  context,
  windowMs: fc.constantFrom(0, 1_000, 86_400_000),
  limit: sometimes(limit),
};

type Given = typeof draft extends fc.Arbitrary<infer T> ? T : never;
interface Args {
  readonly drafts: readonly Given[];
  readonly context: number;
  readonly windowMs: number;
  readonly limit: { readonly maxBacklog: number; readonly whenFull: WhenFull } | undefined;
  readonly isMany: boolean;
}

/** The draft for the model, without its id, and the options for the backend. */
function planned(
  { channel, id, delay = { ms: 0, isTime: false }, ttlMs, order, retentionMs }: Given,
  windowMs: number,
  real: Real,
): readonly [Omit<Draft, 'id'>, PublishOptions] {
  const now = real.runtime.now();
  // IndexedDB replaces no events of a channel that has groups, or had some.
  const isRefused = real.isStored && real.grouped.has(channel);
  const replaces = order.replaces === true && real.features.includes('replace') && !isRefused;
  const { priority, key } = order;
  const awaitedId = awaited(order, real);
  const after = awaitedId === id ? undefined : awaitedId;
  // Nothing may block an event that has no key and waits for none.
  const blocks = order.blocks && (key ?? after) !== undefined;
  const dueAt = now + delay.ms;
  const expiresAt = now + (ttlMs ?? Number.POSITIVE_INFINITY);
  const n = ++real.lastN;
  return [
    {
      ...{ n, channel, createdAt: now, dueAt, expiresAt, priority: priority ?? 0, key, blocks },
      ...{ after, retentionMs },
      ...{ windowMs: id && windowMs, replaces },
    } as Omit<Draft, 'id'>,
    {
      ...(id && { id, dedupeWindowMs: windowMs }),
      ...(delay.isTime ? { availableAt: dueAt } : { delayMs: delay.ms }),
      ...(ttlMs && { ttlMs }),
      ...(priority !== undefined && { priority }),
      ...(key && { key }),
      ...(after && { after }),
      ...(retentionMs && { retentionMs }),
      ...(blocks && { onDeadLetter: 'block' }),
      ...(replaces && { replaces: 'waiting' }),
    },
  ];
}

/** The id of the event that another one waits for. */
function awaited({ after }: Order, { ids }: Real): string | undefined {
  return typeof after === 'number' ? fromEnd(ids, after) : after;
}

/** The order of one commit over IndexedDB: the events with a delay or a priority, and those that replace others, come last, and the order of a key is kept. */
function inOrderOfRows(drafts: readonly Draft[]): readonly Draft[] {
  const lines = new Set<string>();
  const hasRow = ({ channel, key, createdAt, dueAt, priority, replaces, after }: Draft) => {
    const line = lineOf({ queue: channel, key });
    const isLate = dueAt > createdAt || after !== undefined;
    const isOwn = isLate || priority !== 0 || replaces || lines.has(line);
    if (isOwn && key !== undefined) lines.add(line);
    return isOwn;
  };
  const rows = drafts.filter(hasRow);
  return [...drafts.filter((one) => !rows.includes(one)), ...rows];
}

/** Drafts without the ids that a waiting event of the channel has, unless its window lasts. Settlements would confuse both events. */
function withoutTwins({ drafts, windowMs }: Args, m: Model): readonly Given[] {
  const seen = new Set<string>();
  return drafts.map((one) => {
    const known = `${one.channel} ${one.id}`;
    const isRemembered = windowMs > 0 && (m.ids[known] ?? 0) > m.now;
    const hasTwin = m.events.some((e) => e.id === one.id && channelOf(e.queue) === one.channel);
    const isTwin = !isRemembered && (hasTwin || (windowMs === 0 && seen.has(known)));
    seen.add(known);
    return isTwin ? { ...one, id: undefined } : one;
  });
}

async function publishAll(args: Args, reached: Reached, real: Real): Promise<void> {
  const { isMany } = args;
  // A publish that has to drop events of an ended plain queue is refused with the error of its consumers.
  const limit = reached.model.ended.length > 0 ? undefined : args.limit;
  const backend = contextOf(real, args.context);
  const given = withoutTwins(args, reached.model);
  const plans = given.map((one) => planned(one, args.windowMs, real));
  const drafts = plans.map(([{ channel, n }, options]) => {
    return { channel, payload: n, metadata: { n }, options: { ...options, ...limit } };
  });
  const call = async () => {
    if (isMany) return backend.publishMany(drafts);
    const [first] = drafts as [(typeof drafts)[number]];
    return [await backend.publish(first.channel, first.payload, first.metadata, first.options)];
  };
  const ids = await call().catch((error: Error) => error);
  if (limit) checkLimit(args, ids, reached, real);
  if (!Array.isArray(ids)) {
    if (limit && 'code' in ids && ids.code === 'backlog-full') return;
    throw ids;
  }
  for (const [index, { id }] of given.entries())
    expectEqual(ids[index], id ?? ids[index], 'the id of a publish');
  real.ids.push(...ids);
  const all = plans.map(([plan], index) => ({ ...plan, id: String(ids[index]) }));
  const isSame = (a: Draft, b: Draft) => a.id === b.id && a.channel === b.channel;
  const added = all.filter((one) => all.find((other) => isSame(one, other)) === one);
  for (const one of real.isStored ? inOrderOfRows(added) : added)
    reached.model = publish(reached.model, one);
}

/** Whether the answer fits the limit, and what was dropped. */
function checkLimit({ drafts, limit }: Args, answer: unknown, reached: Reached, real: Real): void {
  const surplusOf = (m: Model, channel: string) => {
    const { ready, scheduled } = stats(m, channel);
    const added = drafts.filter((one) => one.channel === channel).length;
    return ready + scheduled + added - Number(limit?.maxBacklog);
  };
  const isOver = (m: Model) => drafts.some(({ channel }) => surplusOf(m, channel) > 0);
  const hasDropped = (channel: string) => {
    const surplus = surplusOf(reached.model, channel);
    const isAble = stats(reached.model, channel).ready >= surplus;
    return limit?.whenFull === 'drop-oldest' && surplus > 0 && isAble;
  };
  const isRefused = !Array.isArray(answer);
  const wasOver = isOver(reached.model);
  const isUncertain = drafts.some(({ channel }) => mayChange(channel, reached, real));
  // A store drops events that it has claimed.
  const claimed = drafts.map((one) => one.channel).filter(hasDropped);
  follow(reached, real, claimed);
  if (isUncertain) return;
  if (limit?.whenFull === 'reject') expectEqual(isRefused, wasOver, 'a full channel refuses');
  else expectEqual(isRefused, isOver(reached.model), 'what is still full refuses');
  expectTrue(wasOver || !isRefused, 'a channel with room takes events');
}

export const publishCommands = [
  command(
    'publish',
    fc.record({ drafts: fc.tuple(draft), isMany: fc.constant(false), ...common }),
    publishAll,
  ),
  command(
    'publishMany',
    fc.record({
      drafts: fc.array(draft, { minLength: 1, maxLength: 4 }),
      isMany: fc.constant(true),
      ...common,
    }),
    publishAll,
  ),
];
