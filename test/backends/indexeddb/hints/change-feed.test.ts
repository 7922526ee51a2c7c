import { watchStats } from 'ackline/inspection';
import { expect, test } from 'vitest';
import { ChangeFeed } from '../../../../src/backends/indexeddb/hints/change-feed.ts';
import type { Hint } from '../../../../src/backends/indexeddb/hints/hint-channel.ts';
import { transactionsOf } from '../../../support/count-transactions.ts';
import { openDatabase } from '../open-indexeddb.ts';

const hint = (fields: Partial<Hint>): Hint => ({ ackline: 1, channels: [], ...fields });

function openFeed() {
  const posted: Partial<Hint>[] = [];
  const changes: string[] = [];
  const feed = new ChangeFeed((fields) => posted.push(fields));
  const watch = (channel: string) => feed.watch(channel, () => changes.push(channel));
  return { feed, posted, changes, watch };
}

test('a context that was asked reports its next change of the channel, once', () => {
  const { feed, posted } = openFeed();
  feed.note('a');
  feed.receive(hint({ watched: ['a'] }));
  for (const channel of ['b', 'a', 'a']) feed.note(channel);
  expect(posted).toEqual([{ changed: ['a'] }]);
});

test('a watcher is called for changes of its channel, here and elsewhere, until it stops', () => {
  const { feed, posted, changes, watch } = openFeed();
  const watched = watch('a');
  watched.next();
  expect(posted).toEqual([{ watched: ['a'] }]);
  feed.note('a');
  feed.note('b');
  feed.receive(hint({ changed: ['a', 'b'] }));
  feed.receive(hint({ channels: ['a'] }));
  feed.receive(hint({ channels: ['b'] }));
  feed.receive(hint({ watched: ['a'] }));
  expect(changes).toEqual(['a', 'a', 'a']);
  // A context that has just begun was not asked.
  feed.receive(hint({}));
  feed.noteAll();
  expect(changes).toHaveLength(5);
  watched.stop();
  feed.note('a');
  expect([changes.length, feed.isUsed]).toEqual([5, false]);
});

test('requests of a hostile script are kept up to a bound', () => {
  const { feed, posted } = openFeed();
  for (let from = 0; from < 5; from += 1)
    feed.receive(hint({ watched: Array.from({ length: 900 }, (_, index) => `${from}-${index}`) }));
  for (let from = 0; from < 5; from += 1)
    for (let index = 0; index < 900; index += 1) feed.note(`${from}-${index}`);
  expect(posted).toHaveLength(1_000);
});

test('a watched database is not read while nothing happens', async () => {
  const { open, runtime } = openDatabase();
  const backend = open();
  await backend.publishMany([1, 2].map((payload) => ({ channel: 'a', payload })));
  const watched = watchStats(backend, 'a');
  const stop = watched.subscribe(() => {});
  const rest = async (seconds: number) => {
    for (let step = 0; step < seconds; step += 1) {
      await runtime.advance(1_000);
      await backend.stats('b');
    }
  };
  await rest(20);
  expect(watched.getSnapshot()).toMatchObject({ stats: { ready: 2 } });
  const perStep = (await transactionsOf(() => backend.stats('b'))).length;
  expect(await transactionsOf(() => rest(60))).toHaveLength(60 * perStep);
  stop();
});
