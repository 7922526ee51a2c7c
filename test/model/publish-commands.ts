import type { EventDraft } from 'ackline';
import fc from 'fast-check';
import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { nextTask } from '../support/next-task.ts';
import { FORMS, type Form, formOf, payloadOf, SCHEMA_CHANNEL } from './decorated.ts';
import { draft, type Given, inOrderOfRows, limit, planned, type WhenFull } from './draft.ts';
import { channelOf, type Model } from './model.ts';
import type { Draft } from './model-event.ts';
import { CHANNELS, command, context, type Place, sometimes, statsOf } from './place.ts';

const SERVER_WINDOW_MS = 60_000;

const common = {
  context,
  windowMs: fc.constantFrom(0, 1_000, 86_400_000),
  limit: sometimes(limit),
  form: fc.constantFrom<Form>('present', 'present', ...FORMS),
};

interface Args {
  readonly drafts: readonly Given[];
  readonly context: number;
  readonly windowMs: number;
  readonly limit: { readonly maxBacklog: number; readonly whenFull: WhenFull } | undefined;
  readonly form: Form;
  readonly isMany: boolean;
}

/** Drafts without the ids that a waiting event of the channel has, unless its window lasts. Settlements would confuse both events. */
function withoutTwins({ drafts, windowMs }: Args, m: Model): readonly Given[] {
  const seen = new Set<string>();
  return drafts.map((one) => {
    const known = `${one.channel} ${one.id}`;
    const isRemembered = windowMs > 0 && Number(m.ids.get(known)) > m.now;
    const hasTwin = m.events.some((e) => e.id === one.id && channelOf(e.queue) === one.channel);
    const isTwin = !isRemembered && (hasTwin || (windowMs === 0 && seen.has(known)));
    seen.add(known);
    return isTwin ? { ...one, id: undefined } : one;
  });
}

async function publishAll(asked: Args, at: Place): Promise<void> {
  const { world, model } = at;
  // A server with a clock of its own remembers ids for longer than a run.
  const args = at.has('clock') ? asked : { ...asked, windowMs: SERVER_WINDOW_MS };
  // A publish that has to drop events of an ended plain queue is refused with the error of its consumers.
  const isEnded = CHANNELS.some((channel) => !model.queues.includes(channel));
  const limit = isEnded || !at.has('maxBacklog') ? undefined : args.limit;
  const isFormed = world.isDecorated && (args.form !== 'undecodable' || at.has('id'));
  const form = isFormed ? args.form : 'present';
  const given = withoutTwins(args, model);
  const plans = given.map((one) => planned(one, { ...args, form }, at));
  const drafts = plans.map(([{ channel, n }, options]) => {
    return {
      channel,
      payload: payloadOf(form, n),
      metadata: { n },
      options: { ...options, ...limit },
    };
  });
  const ids = await store(drafts, { ...args, form }, at).catch((error: Error) => error);
  if (limit) checkLimit({ ...args, limit }, ids, at);
  if (!Array.isArray(ids)) {
    if (limit && 'code' in ids && ids.code === 'backlog-full') return;
    throw ids;
  }
  for (const [index, { options }] of drafts.entries())
    expectEqual(ids[index], options.id ?? ids[index], 'the id of a publish');
  at.ids.push(...ids);
  const all = plans.map(([plan], index) => ({ ...plan, id: String(ids[index]) }));
  const isSame = (a: Draft, b: Draft) => a.id === b.id && a.channel === b.channel;
  const added = all.filter((one) => all.find((other) => isSame(one, other)) === one);
  for (const one of world.isStored ? inOrderOfRows(added) : added) await receive(one, at);
}

async function store(
  drafts: readonly EventDraft[],
  { isMany, context, form }: Args,
  at: Place,
): Promise<string[]> {
  const backend = formOf(form, at.context(context));
  if (isMany) return backend.publishMany(drafts);
  const [first] = drafts as [EventDraft];
  return [await backend.publish(first.channel, first.payload, first.metadata, first.options)];
}

/** The event is stored in this place or, over broadcast, in each member, where it may come a little later. */
async function receive(draft: Draft, at: Place): Promise<void> {
  const isFanOut = at.has('publishConfirmed');
  for (const place of isFanOut ? at.world.places.values() : [at]) {
    place.model.publish(draft);
    for (
      let tries = 0;
      isFanOut && (await storedIn(place)) < place.model.events.length;
      tries += 1
    ) {
      expectTrue(tries < 1_000, `event ${draft.n} arrives at place ${place.index}`);
      await nextTask();
    }
  }
}

async function storedIn(place: Place): Promise<number> {
  const counts = place.model.queues.map(async (queue) => {
    const { ready, scheduled, leased, dead } = await place.backend(0).stats(queue);
    return ready + scheduled + leased + dead;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Whether the answer fits the limit, and what was dropped. */
function checkLimit({ drafts, limit }: Args, answer: unknown, at: Place): void {
  const surplusOf = (m: Model, channel: string) => {
    const { ready, scheduled } = statsOf(m, channel);
    const added = drafts.filter((one) => one.channel === channel).length;
    return ready + scheduled + added - Number(limit?.maxBacklog);
  };
  const isOver = (m: Model) => drafts.some(({ channel }) => surplusOf(m, channel) > 0);
  const channels = drafts.map(({ channel }) => channel);
  const isAble =
    limit?.whenFull === 'drop-oldest' &&
    channels.every((channel) => statsOf(at.model, channel).ready >= surplusOf(at.model, channel));
  const hasDropped = (channel: string) => isAble && surplusOf(at.model, channel) > 0;
  const isRefused = !Array.isArray(answer);
  const wasOver = isOver(at.model);
  const isUncertain = drafts.some(({ channel }) => at.mayChange(channel));
  // A store drops events that it has claimed.
  const claimed = channels.filter(hasDropped);
  at.follow(claimed);
  if (isUncertain) return;
  if (limit?.whenFull === 'reject') expectEqual(isRefused, wasOver, 'a full channel refuses');
  else expectEqual(isRefused, isOver(at.model), 'what is still full refuses');
  expectTrue(wasOver || !isRefused, 'a channel with room takes events');
}

/** What does not fit the schema is refused with its issues, and nothing of the batch is stored. */
const refusedCommand = command(
  'refusedPublish',
  [],
  fc.record({ context, isMany: fc.boolean() }),
  async ({ context, isMany }, at) => {
    if (!at.world.isDecorated) return;
    const backend = at.backend(context);
    const drafts = [0, 'unfit 0'].map((payload) => ({ channel: SCHEMA_CHANNEL, payload }));
    const answer = await (isMany && at.has('publishMany')
      ? backend.publishMany(drafts)
      : backend.publish(SCHEMA_CHANNEL, 'unfit 0')
    ).catch((error: Error) => error);
    expectTrue(
      'issues' in Object(answer),
      `a payload that does not fit is refused with issues, got ${answer}`,
    );
    const isKnown = at.has('place') && !at.mayChange(SCHEMA_CHANNEL);
    const stats = !isKnown ? undefined : await backend.stats(SCHEMA_CHANNEL);
    at.follow();
    if (stats) expectEqual(stats.ready, statsOf(at.model, SCHEMA_CHANNEL).ready, 'ready events');
  },
);

export const publishCommands = [
  command(
    'publish',
    [],
    fc.record({ drafts: fc.tuple(draft), isMany: fc.constant(false), ...common }),
    publishAll,
  ),
  command(
    'publishMany',
    ['publishMany'],
    fc.record({
      drafts: fc.array(draft, { minLength: 1, maxLength: 4 }),
      isMany: fc.constant(true),
      ...common,
    }),
    publishAll,
  ),
  refusedCommand,
];
