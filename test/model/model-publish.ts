import { channelOf, lineOf, type Model, type ModelEvent } from './model.ts';
import { note } from './model-results.ts';

export interface Draft
  extends Pick<ModelEvent, 'n' | 'id' | 'createdAt' | 'priority' | 'key' | 'blocks'>,
    Pick<ModelEvent, 'after' | 'retentionMs'> {
  readonly channel: string;
  readonly dueAt: number;
  readonly expiresAt: number;
  /** Undefined if the id is a random one. */
  readonly windowMs: number | undefined;
  readonly replaces: boolean;
}

/** The model after a publish that the store has accepted. */
export function publish(m: Model, draft: Draft): Model {
  const { channel, windowMs, replaces, ...content } = draft;
  const known = `${channel} ${content.id}`;
  if (windowMs && (m.ids[known] ?? 0) > m.now) return m;
  const isReplaced = (queue: string) => (e: ModelEvent) =>
    replaces &&
    lineOf(e) === lineOf({ ...content, queue }) &&
    e.state === 'waiting' &&
    !e.isDelivered;
  const queues = m.groups.filter((queue) => channelOf(queue) === channel);
  let next: Model = windowMs ? { ...m, ids: { ...m.ids, [known]: m.now + windowMs } } : m;
  for (const queue of m.ended.includes(channel) ? queues : [channel, ...queues]) {
    const order = next.lastOrder + 1;
    const e = { ...content, queue, order, state: 'waiting', attempts: 0, redriven: 0 } as const;
    const gone = next.events.filter(isReplaced(queue));
    for (const one of gone) next = note(next, one, 'cancelled');
    const events = [...next.events.filter((one) => !gone.includes(one)), e];
    next = note({ ...next, lastOrder: order, events }, e, 'pending');
  }
  return next;
}
