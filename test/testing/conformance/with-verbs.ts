import { createGroup, deleteGroup, groups } from '../../../src/groups.ts';
import type { AsyncEventBackend } from '../../../src/index.ts';
import { browse, channels, watchStats } from '../../../src/inspection.ts';
import { resultOf } from '../../../src/results.ts';
import type { Full, Verbs } from './letter-defects.ts';

/** The channel and the group of a queue, such as `orders@mail`. A plain queue has no group. */
function partsOf(queue: string): readonly [channel: string, group: string | undefined] {
  const [channel = '', group] = queue.split('@');
  return [channel, group];
}

/** `backend` with some of its verbs replaced. */
export function withVerbs(
  backend: AsyncEventBackend,
  replace: (full: Full) => Verbs,
): AsyncEventBackend {
  const full = backend as Full;
  const verbs: Full = {
    supportsAsync: true,
    backendName: 'defective',
    capabilities: full.capabilities,
    runtime: full.runtime,
    publish: (...given) => full.publish(...given),
    publishMany: (drafts) => full.publishMany(drafts),
    dequeue: (...given) => full.dequeue(...given),
    dequeueMany: (...given) => full.dequeueMany(...given),
    ack: (...given) => full.ack(...given),
    nack: (...given) => full.nack(...given),
    reject: (...given) => full.reject(...given),
    extend: (...given) => full.extend(...given),
    retryNow: (...given) => full.retryNow(...given),
    stats: (channel) => full.stats(channel),
    deadLetters: (...given) => full.deadLetters(...given),
    redrive: (...given) => full.redrive(...given),
    purge: (...given) => full.purge(...given),
    cancel: (...given) => full.cancel(...given),
    blockedKeys: (channel) => full.blockedKeys(channel),
    releaseKey: (...given) => full.releaseKey(...given),
    browse: (queue, options) => {
      const [channel, group] = partsOf(queue);
      return browse(backend, channel, { ...options, group });
    },
    channels: (options) => channels(backend, options),
    watchStats: (queue, onChange) => {
      const [channel, group] = partsOf(queue);
      return watchStats(backend, channel, { group }).subscribe(onChange);
    },
    results: async (queue, eventIds) => {
      const [channel, group] = partsOf(queue);
      return Promise.all(eventIds.map((eventId) => resultOf(backend, channel, eventId, { group })));
    },
    groups: {
      create: (...given) => createGroup(full, ...given),
      delete: (...given) => deleteGroup(full, ...given),
      list: (channel) => groups(full, channel),
    },
    observe: (observer) => full.observe(observer),
    shutdown: () => full.shutdown(),
  };
  return { ...verbs, ...replace(full) };
}
