import { requireGroup } from '../core/delivery/settler.ts';
import { checkChannelName } from '../core/options/channel-name.ts';
import { channelOfQueue, groupOfQueue } from '../core/options/queue-name.ts';
import type { BackendDescription } from '../core/protocols/protocols.ts';
import { AcklineError } from '../core/reports/errors.ts';

interface OfQueue {
  readonly channel: string;
  readonly group?: string;
}

/** Throws unless `name` is the name of a channel, or of the queue of a group over a backend that has groups. */
export function checkQueueName(backend: BackendDescription, name: unknown): asserts name is string {
  if (typeof name !== 'string' || !name.includes('@')) return checkChannelName(name);
  checkChannelName(channelOfQueue(name));
  requireGroup(backend, groupOfQueue(name));
}

/** A message or a dead letter whose `channel` is the name of a queue, in the form that callers get. */
export function withGroup<T extends OfQueue>(item: T): T {
  const group = groupOfQueue(item.channel);
  if (group === undefined) return item;
  return Object.freeze({ ...item, channel: channelOfQueue(item.channel), group });
}

/**
 * The error of a call that concerns a group which does not exist, or was deleted. For the name of a channel: its plain queue
 * gets no more events.
 */
export function noGroupError(queue: string): AcklineError {
  const channel = channelOfQueue(queue);
  const group = groupOfQueue(queue);
  const message =
    group === undefined
      ? `${channel} has events for its groups only: name a group`
      : `create the group first: createGroup(backend, '${channel}', '${group}')`;
  return new AcklineError('no-group', message, { channel });
}
