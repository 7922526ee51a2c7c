import type { PublishOptions } from 'ackline';
import fc from 'fast-check';
import { type Form, SCHEMA_CHANNEL } from './decorated.ts';
import { lineOf } from './model.ts';
import type { Draft } from './model-event.ts';
import { channel, fromEnd, KEYS, type Place, pick, sometimes } from './place.ts';

/** What publishes give: options that the backend does not declare are left out. */

/** Longer than a run. Over IndexedDB an event gets the result when a claim finds that it may be let go. */
const RETENTION_MS = 86_400_000;

export type WhenFull = 'reject' | 'drop-oldest';

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
export const draft = fc.record({
  channel,
  id: sometimes(id),
  delay: sometimes(delay),
  ttlMs: sometimes(fc.constantFrom(1, 1_000, 30_000)),
  order,
  retentionMs: fc.constantFrom(undefined, RETENTION_MS),
});
export const limit = fc.record({
  maxBacklog: fc.integer({ min: 1, max: 5 }),
  whenFull: fc.constantFrom<WhenFull>('reject', 'drop-oldest'),
});
export type Given = typeof draft extends fc.Arbitrary<infer T> ? T : never;

/** The parts of the order that the backend keeps. */
function kept({ channel, order, ttlMs, retentionMs, id, delay }: Given, at: Place): Given {
  const { priority, key, blocks, replaces, after } = order;
  return {
    channel,
    id: at.has('id') ? id : undefined,
    delay: at.has('delayMs') ? delay : undefined,
    ttlMs: at.has('ttlMs') ? ttlMs : undefined,
    retentionMs: at.has('retentionMs') ? retentionMs : undefined,
    order: {
      ...(at.has('priority') && priority !== undefined && { priority }),
      ...(at.has('keys') && key && { key }),
      ...(at.has('after') && after !== undefined && { after }),
      ...(at.has('replace') && { replaces }),
      ...(blocks !== undefined && { blocks }),
    },
  };
}

/** The draft for the model, without its id, and the options for the backend. */
export function planned(
  given: Given,
  { windowMs, form }: { readonly windowMs: number; readonly form: Form },
  at: Place,
): readonly [Omit<Draft, 'id'>, PublishOptions] {
  const {
    channel,
    id: asked,
    delay = { ms: 0, isTime: false },
    ttlMs,
    order,
    retentionMs,
  } = kept(given, at);
  const now = at.world.runtime.now();
  const n = ++at.world.lastN;
  const id = form === 'undecodable' ? `raw-${n}` : asked;
  const replaces = order.replaces === true;
  const { priority, key } = order;
  const awaitedId = awaited(order, at);
  const after = awaitedId === id ? undefined : awaitedId;
  // Nothing may block an event that has no key and waits for none.
  const blocks = order.blocks === true && (key ?? after) !== undefined;
  const dueAt = now + delay.ms;
  const expiresAt = now + (ttlMs ?? Number.POSITIVE_INFINITY);
  const isUnfit = form === 'undecodable' || (form === 'unfit' && channel === SCHEMA_CHANNEL);
  const unfit = form === 'undecodable' ? form : 'invalid';
  return [
    {
      ...{ n, channel, createdAt: now, dueAt, expiresAt, priority: priority ?? 0, key, blocks },
      ...{
        after,
        retentionMs,
        ...(replaces && { replaces: 'waiting' }),
        ...(isUnfit && { unfit }),
      },
      ...(id && { windowMs }),
    },
    {
      ...(id && { id, dedupeWindowMs: windowMs }),
      ...(delay.isTime && at.has('availableAt') ? { availableAt: dueAt } : { delayMs: delay.ms }),
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
function awaited({ after }: Order, { ids }: Place): string | undefined {
  return typeof after === 'number' ? fromEnd(ids, after) : after;
}

/** The order of one commit over IndexedDB: the events with a delay or a priority, and those that replace others, come last, and the order of a key is kept. */
export function inOrderOfRows(drafts: readonly Draft[]): readonly Draft[] {
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
