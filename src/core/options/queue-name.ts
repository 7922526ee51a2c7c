import { CHANNEL_NAME } from './channel-name.ts';
import { refuse } from './options.ts';

/** The events of a group wait in a queue of their own. No channel and no group has this character in its name. */
const SEPARATOR = '@';

/** Options of a verb that concerns a channel or one of its groups. */
export interface GroupOptions {
  /** The group that the call concerns; default: the channel's plain queue. Needs the capability `groups` or `localGroups`. */
  readonly group?: string | undefined;
}

interface OfQueue extends GroupOptions {
  readonly channel: string;
}

/** The name of the queue of a group, `channel@group`. Without a group it is the name of the channel. */
export function queueName({ channel, group }: OfQueue): string {
  return group === undefined ? channel : channel + SEPARATOR + group;
}

/** The channel whose events a queue has. */
export function channelOfQueue(queue: string): string {
  const end = queue.indexOf(SEPARATOR);
  return end < 0 ? queue : queue.slice(0, end);
}

/** The group that a queue belongs to. Undefined for the plain queue of a channel. */
export function groupOfQueue(queue: string): string | undefined {
  const end = queue.indexOf(SEPARATOR);
  return end < 0 ? undefined : queue.slice(end + 1);
}

/** Throws a `TypeError` unless `name` may name a group. The rule is that of channels. */
export function checkGroupName(name: unknown): asserts name is string {
  if (typeof name === 'string' && CHANNEL_NAME.test(name)) return;
  refuse('group', `a string that matches ${CHANNEL_NAME}`, name);
}
