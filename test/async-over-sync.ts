import type { AsyncEventBackend, SyncEventBackend } from 'ackline';
import { createGroup, deleteGroup, groups } from 'ackline/groups';
import { browse, channels, watchStats } from 'ackline/inspection';
import { resultOf } from 'ackline/results';

/** A synchronous backend behind the asynchronous protocol, so that one suite can run for both. */
export function asyncOverSync(sync: SyncEventBackend): AsyncEventBackend {
  const backend = sync as Required<SyncEventBackend>;
  return {
    supportsAsync: true,
    backendName: backend.backendName,
    capabilities: backend.capabilities,
    runtime: backend.runtime,
    publish: async (...given) => backend.publish(...given),
    publishMany: async (events) => backend.publishMany(events),
    dequeue: async (...given) => backend.dequeue(...given),
    dequeueMany: async (...given) => backend.dequeueMany(...given),
    ack: async (...given) => backend.ack(...given),
    nack: async (...given) => backend.nack(...given),
    reject: async (...given) => backend.reject(...given),
    extend: async (...given) => backend.extend(...given),
    retryNow: async (...given) => backend.retryNow(...given),
    stats: async (channel) => backend.stats(channel),
    deadLetters: async (...given) => backend.deadLetters(...given),
    redrive: async (...given) => backend.redrive(...given),
    purge: async (...given) => backend.purge(...given),
    groups: {
      create: async (...given) => createGroup(sync, ...given),
      delete: async (...given) => deleteGroup(sync, ...given),
      list: async (channel) => groups(sync, channel),
    },
    cancel: async (...given) => backend.cancel(...given),
    blockedKeys: async (channel) => backend.blockedKeys(channel),
    releaseKey: async (...given) => backend.releaseKey(...given),
    browse: async (queue, options) =>
      browse(sync, channelOf(queue), { ...options, ...groupOf(queue) }),
    channels: async (options) => channels(sync, options),
    results: async (queue, eventIds) =>
      eventIds.map((eventId) => {
        const [channel = '', group] = queue.split('@');
        return resultOf(sync, channel, eventId, { group });
      }),
    watchStats: (channel, onChange) =>
      watchStats(sync, channelOf(channel), groupOf(channel)).subscribe(onChange),
    observe: (observer) => backend.observe(observer),
    shutdown: async () => backend.shutdown(),
  };
}

const channelOf = (queue: string) => queue.split('@')[0] as string;

function groupOf(queue: string): { readonly group?: string } {
  const group = queue.split('@')[1];
  return group === undefined ? {} : { group };
}
