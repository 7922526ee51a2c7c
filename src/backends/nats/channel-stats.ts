import type { ChannelStats } from '../../core/events/message.ts';
import { channelOfQueue } from '../../core/options/queue-name.ts';
import { noGroupError } from '../../queue/group-queues.ts';
import type { Consumers } from './consumers.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Later } from './later.ts';
import { consumerOf, type Names, PLAIN } from './names.ts';
import { skippedAfter, spansOf } from './plain-queue.ts';
import type { Streams } from './streams.ts';

export interface StatsParts {
  readonly names: Names;
  readonly streams: Streams;
  readonly consumers: Consumers;
  readonly letters: DeadLetters;
  readonly later: Later;
}

/**
 * Counts the events of a queue from what the server knows about its consumer. The server knows no difference between a leased
 * event and one that was returned: both are `leased` until the next delivery. Delayed events that were stored after the plain queue
 * had ended count as if it got them, so `ready` may be too low by their number.
 */
export async function channelStats(parts: StatsParts, queue: string): Promise<ChannelStats> {
  const { names, streams, consumers, letters, later } = parts;
  const consumer = consumerOf(queue);
  const subject = names.due(queue);
  const [info, state, scheduled, dead] = await Promise.all([
    consumers.find(queue, consumer),
    streams.state(names.stream(queue), subject),
    later.count(channelOfQueue(queue)),
    letters.count(queue),
  ]);
  if (!info && consumer !== PLAIN) throw noGroupError(queue);
  const pending = info?.num_pending ?? state?.subjects?.[subject] ?? 0;
  const skipped = info
    ? skippedAfter(spansOf(info), info.delivered.stream_seq, state?.last_seq)
    : 0;
  const ready = Math.max(0, pending - skipped);
  return { ready, leased: info?.num_ack_pending ?? 0, scheduled, dead };
}
