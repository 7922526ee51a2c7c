import { channelOfQueue } from '../../core/options/queue-name.ts';

/** The longest name of a notification channel, in bytes. PostgreSQL refuses a longer one. */
const MAX_NAME = 63;
const KEPT = 50;

/**
 * The notification channel of a channel: its own name, as sqlspec has it, or the beginning of a long name with a hash. Two long
 * names with one hash wake each other's consumers, and nothing else. The consumers of a group listen to the channel.
 */
export function hintChannel(queue: string): string {
  const channel = channelOfQueue(queue);
  if (channel.length <= MAX_NAME) return channel;
  return `${channel.slice(0, KEPT)}#${hashOf(channel).toString(16)}`;
}

/** A 32-bit hash, FNV-1a. {@link http://www.isthe.com/chongo/tech/comp/fnv/} */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
