import type { AsyncEventBackend, DeadLetter } from 'ackline';
import { createGroup, deleteGroup, groups } from 'ackline/groups';
import { browse } from 'ackline/inspection';
import { resultOf } from 'ackline/results';
import type { Requirement } from 'ackline/testing';
import fc from 'fast-check';
import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { nextTask } from '../support/next-task.ts';
import { channelOf, lineOf, type Model } from './model.ts';
import type { ModelEvent, State } from './model-event.ts';
import {
  type Backend,
  channel,
  command,
  context,
  fromEnd,
  group,
  KEYS,
  numberOf,
  type Place,
  pick,
  queue,
  sometimes,
  statsOf,
} from './place.ts';

const REASONS = ['rejected', 'expired', 'invalid', 'undecodable'] as const;

const groupOf = (queue: string) => queue.split('@')[1];

type OnQueue = (queue: string, backend: Backend, at: Place) => Promise<void>;

/** A command on one queue. It does nothing if the backend has no such queue. */
function onQueue(name: string, requires: readonly Requirement[], run: OnQueue) {
  return command(name, requires, fc.record({ queue, context }), async (args, at) => {
    if (!at.isThere(args.queue)) return;
    await run(args.queue, at.backend(args.context), at);
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
  queue: string,
  at: Place,
): Promise<void> {
  for (let triesLeft = 50; ; triesLeft -= 1) {
    const isUncertain = at.mayChange(queue) && triesLeft > 0;
    const seen = await read();
    at.follow();
    try {
      return expectEqual(seen, expected(at.model), what);
    } catch (error) {
      // What another context has taken over is reported when the one that held the lease looks again.
      if (triesLeft === 0 && at.contexts.length > 1 && at.mayChange(queue)) return;
      if (!isUncertain) throw error;
      await nextTask();
    }
  }
}

async function allLetters(backend: Backend, queue: string, at: Place): Promise<DeadLetter[]> {
  if (!at.has('cursor')) return backend.deadLetters(queue, 1_000);
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
    seen.push(...page.events.map(numberOf));
    after = page.after;
  }
  return seen.sort((a, b) => a - b);
}

const statsCommand = onQueue('stats', ['stats'], (queue, backend, at) => {
  const read = async () => {
    const { ready, scheduled, leased, dead } = await backend.stats(queue);
    return shown({ ready, scheduled, leased, dead });
  };
  // What a server counts of a plain queue that has ended may be too low.
  if (!at.has('place') && !at.model.queues.includes(queue)) return Promise.resolve();
  // A server that orders what is returned anew counts it as leased until it is delivered again.
  const shown = ({ ready, leased, ...others }: Record<State, number>) =>
    at.has('place') ? { ready, leased, ...others } : { open: ready + leased, ...others };
  return agree<object>('stats', read, (m) => shown(statsOf(m, queue)), queue, at);
});

const lettersCommand = onQueue('deadLetters', ['deadLetters'], (queue, backend, at) => {
  const read = async () => {
    const letters = await allLetters(backend, queue, at);
    const times = letters.map(({ diedAt }) => diedAt);
    expectTrue(
      times.every((time, index) => time >= (times[index - 1] ?? 0)),
      'the oldest comes first',
    );
    const seen = letters.map((letter) => {
      const { eventId, reason, attempts, key, redriven } = letter;
      return [numberOf(letter), eventId, reason, attempts, key, redriven?.count ?? 0] as const;
    });
    return seen.sort(([a], [b]) => a - b);
  };
  const expected = (m: Model) =>
    m
      .inState(queue, 'dead')
      .map((e) => [e.n, e.id, e.reason, e.attempts, e.key, e.redriven] as const)
      .sort(([a], [b]) => a - b);
  return agree<unknown>('dead letters', read, expected, queue, at);
});

const browseCommand = onQueue('browse', ['browse'], async (queue, backend, at) => {
  if (queue.includes('@')) return;
  for (const state of ['ready', 'scheduled', 'leased', 'dead'] as const) {
    const expected = (m: Model) =>
      m
        .inState(queue, state)
        .map(({ n }) => n)
        .sort((a, b) => a - b);
    const read = () => browseAll(backend, queue, state);
    await agree(`browse of ${state}`, read, expected, queue, at);
  }
});

const moveCommand = command(
  'moveLetters',
  ['redrive', 'purge'],
  fc.record({
    verb: fc.constantFrom('redrive' as const, 'purge' as const),
    ...{ queue, context, pick: sometimes(pick) },
    limit: sometimes(fc.integer({ min: 1, max: 2 })),
    reason: sometimes(fc.constantFrom(...REASONS)),
  }),
  async ({ verb, queue, context, limit, reason, pick }, at) => {
    if (!at.isThere(queue) || at.mayChange(queue)) return;
    const backend = at.backend(context);
    // Letters of one moment are in no promised order, but are moved in the order in which they are listed.
    const listed = await allLetters(backend, queue, at);
    const letters = listed.map((one) => at.model.find(queue, numberOf(one)) as ModelEvent);
    const ids = pick === undefined ? undefined : [fromEnd(letters, pick)?.id ?? 'none'];
    const chosen = letters
      .filter((e) => (!reason || e.reason === reason) && (!ids || ids.includes(e.id)))
      .slice(0, limit);
    const count = await backend[verb](queue, { limit, reason, ids });
    expectEqual(count, chosen.length, `the count of a ${verb}`);
    if (verb === 'redrive') at.model.redrive(chosen);
    else at.model.forget(chosen);
  },
);

const cancelCommand = command(
  'cancel',
  ['cancel'],
  fc.record({ queue, context, pick }),
  async ({ queue, context, pick }, at) => {
    if (!at.isThere(queue) || at.mayChange(queue)) return;
    const e = fromEnd(at.model.of(queue), pick);
    const answer = await at.backend(context).cancel(queue, e?.id ?? 'none');
    expectEqual(answer, at.model.cancel(e), `a cancel of ${e?.n}`);
    at.hasCancelled ||= answer === 'ok';
  },
);

const releaseCommand = command(
  'releaseKey',
  ['keys'],
  fc.record({ channel, context, key: fc.constantFrom(...KEYS) }),
  async ({ channel, context, key }, at) => {
    if (at.mayChange(channel)) return;
    const backend = at.backend(context);
    const blocked = await backend.blockedKeys(channel);
    const expected = [...at.model.blocked].filter((line) => line.startsWith(`${channel} `));
    const lines = blocked.map((one) => lineOf({ queue: channel, key: one }));
    expectEqual(lines.sort(), expected.sort(), 'blocked keys');
    const was = at.model.blocked.delete(lineOf({ queue: channel, key }));
    expectEqual(await backend.releaseKey(channel, key), was, 'whether a key was blocked');
  },
);

const resultCommand = command(
  'resultOf',
  ['retentionMs'],
  fc.record({ queue, context, pick }),
  async ({ queue, context, pick }, at) => {
    const id = fromEnd(at.ids, pick) ?? 'none';
    if (!at.isThere(queue)) return;
    const options = { group: groupOf(queue) };
    const read = async () => {
      // The events of a channel are copied to its groups before they are counted.
      await at.backend(context).stats(queue);
      const result = await resultOf(at.backend(context), channelOf(queue), id, options);
      return [result.state, 'reply' in result ? result.reply : undefined];
    };
    const expected = (m: Model) => {
      const { state, reply } = m.outcomeOf(queue, id);
      return [state, reply];
    };
    await agree<unknown>('a result', read, expected, queue, at);
  },
);

const retryCommand = onQueue('retryNow', ['retryNow'], async (queue, backend, at) => {
  expectEqual(await backend.retryNow(queue), at.model.retryNow(queue), 'the count of retryNow');
});

const groupCommand = command(
  'group',
  ['groups'],
  fc.record({
    verb: fc.constantFrom('create' as const, 'create' as const, 'delete' as const),
    ...{ channel, group, context, plainQueue: fc.boolean() },
  }),
  async ({ verb, channel, group, context, plainQueue }, at) => {
    const backend: AsyncEventBackend = at.backend(context);
    const isNew = verb === 'create';
    const isChanged = isNew
      ? await createGroup(backend, channel, group, { plainQueue })
      : await deleteGroup(backend, channel, group);
    const queue = `${channel}@${group}`;
    const { model } = at;
    const expected = isNew ? model.createGroup(queue, plainQueue) : model.deleteGroup(queue);
    expectEqual(isChanged, expected, `whether to ${verb} ${queue} changed anything`);
    const names = model.queues.filter((one) => one.startsWith(`${channel}@`)).map(groupOf);
    expectEqual(await groups(backend, channel), names, 'groups');
  },
);

export const inspectionCommands = [
  ...[statsCommand, lettersCommand, browseCommand, moveCommand],
  ...[cancelCommand, releaseCommand, resultCommand, retryCommand, groupCommand],
];
