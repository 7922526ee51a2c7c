import { createGroup, deleteGroup } from '../../groups/group-calls.ts';
import { resultOf } from '../../results/result-of.ts';
import { CHANNEL, openBackend, payloadsOf, publishEach, takeMany, takeNext } from './arrange.ts';
import { publishAfter, publishFirst } from './arrange-after.ts';
import { SEARCH, takeOf } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const afterPlacesCases: readonly ConformanceCase[] = [
  {
    name: 'after: what is let go is delivered by its priority, and before what was published later',
    requires: ['after', 'priority'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      const { lease } = await takeNext(backend);
      await publishEach(backend, 'plain');
      await publishAfter(backend, after, 'urgent', { priority: 5 });
      await publishAfter(backend, after, 'idle', { priority: -5 });
      await backend.ack(after, lease);
      const messages = await takeMany(backend, 4);
      expectEqual(payloadsOf(messages), ['urgent', 'second', 'plain', 'idle'], 'the order');
    },
  },
  {
    name: 'after: a group that begins again knows no result of the former one',
    requires: ['after', 'groups'],
    async run(context) {
      const backend = openBackend(context);
      const group = { group: SEARCH };
      await createGroup(backend, CHANNEL, SEARCH);
      const after = await publishFirst(backend);
      const { lease } = await takeOf(backend, SEARCH);
      await backend.ack(after, lease);
      await deleteGroup(backend, CHANNEL, SEARCH);
      await createGroup(backend, CHANNEL, SEARCH);
      const result = await resultOf(backend, CHANNEL, after, group);
      expectEqual(result.state, 'unknown', 'the result in the new group');
      await publishAfter(backend, after, 'second');
      expectEqual((await takeOf(backend, SEARCH)).after?.state, 'unknown', 'what the event gets');
    },
  },
  {
    name: 'after: what a deleted group held back is gone with it',
    requires: ['after', 'groups', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await createGroup(backend, CHANNEL, SEARCH);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      await deleteGroup(backend, CHANNEL, SEARCH);
      await createGroup(backend, CHANNEL, SEARCH);
      const { ready } = await backend.stats(`${CHANNEL}@${SEARCH}`);
      expectEqual(ready, 0, 'events of the new group');
      await backend.ack(after, (await takeNext(backend)).lease);
      expectEqual((await takeNext(backend)).payload, 'second', 'the plain queue');
    },
  },
];
