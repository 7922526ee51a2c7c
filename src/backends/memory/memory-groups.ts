import { groupOfQueue, queueName } from '../../core/options/queue-name.ts';
import type { SyncGroupStore } from '../../queue/event-store.ts';
import { leaseOf } from './event-state.ts';
import type { Lane } from './lane.ts';
import type { MemoryStore } from './memory-store.ts';

/**
 * Creates, deletes and lists the groups of a store in memory. The store keeps a lane for each group, exactly as long as the
 * group exists, and stores a copy of each published event in it. The payload is not copied.
 */
export function memoryGroups(store: MemoryStore): SyncGroupStore {
  const { groupQueues, withoutPlain } = store.lanes;
  const queuesOf = (channel: string) => groupQueues.get(channel) ?? [];
  return {
    create(channel, group, hasPlain) {
      const queues = queuesOf(channel);
      const queue = queueName({ channel, group });
      if (queues.includes(queue)) return false;
      groupQueues.set(channel, [...queues, queue]);
      if (!hasPlain) withoutPlain.add(channel);
      store.lanes.begin(queue);
      return true;
    },
    delete(channel, group) {
      const queues = queuesOf(channel);
      const queue = queueName({ channel, group });
      if (!queues.includes(queue)) return false;
      const others = queues.filter((other) => other !== queue);
      if (others.length > 0) groupQueues.set(channel, others);
      else for (const groups of [groupQueues, withoutPlain]) groups.delete(channel);
      deleteLane(store, queue);
      return true;
    },
    list: (channel) => queuesOf(channel).map((queue) => groupOfQueue(queue) as string),
  };
}

/** Reports the lost leases after every event is gone, because an observer may publish and claim. */
function deleteLane(store: MemoryStore, queue: string): void {
  const { due, leased, scheduled } = store.lanes.get(queue) as Lane;
  store.lanes.delete(queue);
  const held = leased.takeAll();
  const returned = due.levels.flatMap((level) => [level.returned, level.retries]);
  const waiting = [scheduled, ...returned].flatMap((place) => place.takeAll());
  for (const stored of [...held, ...waiting]) store.delivered.remove(stored.event.eventId, stored);
  for (const stored of held) {
    const { channel, eventId } = stored.event;
    store.report({ type: 'lease-lost', channel, eventId, lease: leaseOf(stored)?.lease });
  }
}
