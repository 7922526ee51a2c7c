import type { AsyncEventBackend, DeadLetter } from 'ackline';
import { createGroup, deleteGroup, groups } from 'ackline/groups';
import { browse } from 'ackline/inspection';
import { resultOf } from 'ackline/results';
import fc from 'fast-check';
import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { nextTask } from '../support/next-task.ts';
import { channelOf, find, groupOf, lineOf, type Model, type ModelEvent, of } from './model.ts';
import { outcomeOf } from './model-results.ts';
import {
  cancel,
  createGroup as groupCreated,
  deleteGroup as groupDeleted,
  inState,
  purge,
  redrive,
  release,
  retryNow,
  type State,
  stats,
} from './model-verbs.ts';
import {
  type Backend,
  channel,
  command,
  context,
  contextOf,
  follow,
  fromEnd,
  group,
  isThere,
  KEYS,
  mayChange,
  pick,
  queue,
  type Reached,
  type Real,
  sometimes,
} from './reached.ts';

const MOVED = { redrive, purge };

type OnQueue = (queue: string, backend: Backend, reached: Reached, real: Real) => Promise<void>;

/** A command on one queue. It does nothing if the backend has no such queue. */
function onQueue(name: string, run: OnQueue) {
  return command(name, fc.record({ queue, context }), async (args, reached, real) => {
    if (!isThere(args.queue, reached.model)) return;
    await run(args.queue, contextOf(real, args.context), reached, real);
  });
}

/**
 * Compares what is read with the model. A context that takes back a lapsed lease reports it a little later than it can be read.
 * The comparison is repeated then.
 */
async function agree<T>(
  what: string,
  read: () => Promise<T>,
  expected: (m: Model) => T,
  [queue, reached, real]: readonly [string, Reached, Real],
): Promise<void> {
  for (let triesLeft = 50; ; triesLeft -= 1) {
    const isUncertain = mayChange(queue, reached, real) && triesLeft > 0;
    const seen = await read();
    follow(reached, real);
    try {
      return expectEqual(seen, expected(reached.model), what);
    } catch (error) {
      // What another context has taken over is reported when the one that held the lease looks again.
      if (triesLeft === 0 && real.contexts.length > 1 && mayChange(queue, reached, real)) return;
      if (!isUncertain) throw error;
      await nextTask();
    }
  }
}

async function allLetters(backend: Backend, queue: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let after: string | undefined; ; after = letters.at(-1)?.cursor) {
    const page = await backend.deadLetters(queue, 2, after);
    letters.push(...page);
    if (page.length < 2) return letters;
  }
}

async function browseAll(backend: AsyncEventBackend, queue: string, state: State) {
  const seen: number[] = [];
  for (let after: string | undefined, isFirst = true; isFirst || after; isFirst = false) {
    const page = await browse(backend, queue, { state, limit: 2, payload: true, after });
    seen.push(...page.events.map(({ payload }) => Number(payload)));
    after = page.after;
  }
  return seen.sort((a, b) => a - b);
}

const statsCommand = onQueue('stats', (queue, backend, reached, real) => {
  const read = async () => {
    const { ready, scheduled, leased, dead } = await backend.stats(queue);
    return { ready, scheduled, leased, dead };
  };
  return agree('stats', read, (m) => stats(m, queue), [queue, reached, real]);
});

const lettersCommand = onQueue('deadLetters', (queue, backend, reached, real) => {
  const read = async () => {
    const letters = await allLetters(backend, queue);
    const times = letters.map(({ diedAt }) => diedAt);
    expectTrue(
      times.every((at, index) => at >= (times[index - 1] ?? 0)),
      'the oldest comes first',
    );
    const seen = letters.map(({ payload, eventId, reason, attempts, key, redriven }) => {
      return [Number(payload), eventId, reason, attempts, key, redriven?.count ?? 0] as const;
    });
    return seen.sort(([a], [b]) => a - b);
  };
  const expected = (m: Model) =>
    inState(m, queue, 'dead')
      .map((e) => [e.n, e.id, e.reason, e.attempts, e.key, e.redriven] as const)
      .sort(([a], [b]) => a - b);
  return agree<unknown>('dead letters', read, expected, [queue, reached, real]);
});

const browseCommand = onQueue('browse', async (queue, backend, reached, real) => {
  if (queue.includes('@')) return;
  for (const state of ['ready', 'scheduled', 'leased', 'dead'] as const) {
    const expected = (m: Model) =>
      inState(m, queue, state)
        .map(({ n }) => n)
        .sort((a, b) => a - b);
    const read = () => browseAll(backend, queue, state);
    await agree(`browse of ${state}`, read, expected, [queue, reached, real]);
  }
});

const moveCommand = command(
  'moveLetters',
  fc.record({
    verb: fc.constantFrom('redrive' as const, 'purge' as const),
    ...{ queue, context, pick: sometimes(pick) },
    limit: sometimes(fc.integer({ min: 1, max: 2 })),
    reason: sometimes(fc.constantFrom('rejected' as const, 'expired' as const)),
  }),
  async ({ verb, queue, context, limit, reason, pick }, reached, real) => {
    if (!isThere(queue, reached.model) || mayChange(queue, reached, real)) return;
    const backend = contextOf(real, context);
    // Letters of one moment are in no promised order, but are moved in the order in which they are listed.
    const listed = await allLetters(backend, queue);
    const letters = listed.map(
      ({ payload }) => find(reached.model, queue, Number(payload)) as ModelEvent,
    );
    const ids = pick === undefined ? undefined : [fromEnd(letters, pick)?.id ?? 'none'];
    const chosen = letters
      .filter((e) => (!reason || e.reason === reason) && (!ids || ids.includes(e.id)))
      .slice(0, limit);
    const count = await backend[verb](queue, { limit, reason, ids });
    expectEqual(count, chosen.length, `the count of a ${verb}`);
    reached.model = MOVED[verb](reached.model, chosen);
  },
);

const cancelCommand = command(
  'cancel',
  fc.record({ queue, context, pick }),
  async ({ queue, context, pick }, reached, real) => {
    if (!isThere(queue, reached.model) || mayChange(queue, reached, real)) return;
    const e = fromEnd(of(reached.model, queue), pick);
    const answer = await contextOf(real, context).cancel(queue, e?.id ?? 'none');
    const [expected, after] = cancel(reached.model, e);
    expectEqual(answer, expected, `a cancel of ${e?.n}`);
    real.hasCancelled ||= answer === 'ok';
    reached.model = after;
  },
);

const releaseCommand = command(
  'releaseKey',
  fc.record({ channel, context, key: fc.constantFrom(...KEYS) }),
  async ({ channel, context, key }, reached, real) => {
    if (mayChange(channel, reached, real)) return;
    const backend = contextOf(real, context);
    const blocked = await backend.blockedKeys(channel);
    const expected = reached.model.blocked.filter((line) => line.startsWith(`${channel} `));
    const lines = blocked.map((one) => lineOf({ queue: channel, key: one }));
    expectEqual(lines.sort(), expected.toSorted(), 'blocked keys');
    const [was, after] = release(reached.model, lineOf({ queue: channel, key }));
    expectEqual(await backend.releaseKey(channel, key), was, 'whether a key was blocked');
    reached.model = after;
  },
);

const resultCommand = command(
  'resultOf',
  fc.record({ queue, context, pick }),
  async ({ queue, context, pick }, reached, real) => {
    const id = fromEnd(real.ids, pick) ?? 'none';
    if (!isThere(queue, reached.model)) return;
    const options = { group: groupOf(queue) };
    const read = async () => {
      // The events of a channel are copied to its groups before they are counted.
      await contextOf(real, context).stats(queue);
      const result = await resultOf(contextOf(real, context), channelOf(queue), id, options);
      return [result.state, 'reply' in result ? result.reply : undefined];
    };
    const expected = (m: Model) => {
      const { state, reply } = outcomeOf(m, queue, id);
      return [state, reply];
    };
    await agree<unknown>('a result', read, expected, [queue, reached, real]);
  },
);

const retryCommand = onQueue('retryNow', async (queue, backend, reached) => {
  const [expected, after] = retryNow(reached.model, queue);
  expectEqual(await backend.retryNow(queue), expected, 'the count of retryNow');
  reached.model = after;
});

const groupCommand = command(
  'group',
  fc.record({
    verb: fc.constantFrom('create' as const, 'create' as const, 'delete' as const),
    ...{ channel, group, context, plainQueue: fc.boolean() },
  }),
  async ({ verb, channel, group, context, plainQueue }, reached, real) => {
    if (!real.features.includes('groups')) return;
    const backend: AsyncEventBackend = contextOf(real, context);
    const isNew = verb === 'create';
    const isChanged = isNew
      ? await createGroup(backend, channel, group, { plainQueue })
      : await deleteGroup(backend, channel, group);
    real.grouped.add(channel);
    const queue = `${channel}@${group}`;
    const [expected, after] = isNew
      ? groupCreated(reached.model, queue, plainQueue)
      : groupDeleted(reached.model, queue);
    expectEqual(isChanged, expected, `whether to ${verb} ${queue} changed anything`);
    reached.model = after;
    const names = after.groups.filter((one) => channelOf(one) === channel).map(groupOf);
    expectEqual(await groups(backend, channel), names, 'groups');
  },
);

export const inspectionCommands = [
  ...[statsCommand, lettersCommand, browseCommand, moveCommand],
  ...[cancelCommand, releaseCommand, resultCommand, retryCommand, groupCommand],
];
