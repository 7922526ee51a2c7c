import type { ChannelStats, Settlement } from 'ackline';
import { channelOf, type Model, type ModelEvent, of } from './model.ts';
import { note } from './model-results.ts';

/** The verbs of model.ts that concern no delivery: inspection, dead letters, keys and groups. Each answers as the store should. */

export type State = 'ready' | 'scheduled' | 'leased' | 'dead';

export function inState(m: Model, queue: string, state: State): readonly ModelEvent[] {
  const stateOf = (e: ModelEvent): State => {
    if (e.state !== 'waiting') return e.state;
    return e.dueAt > m.now ? 'scheduled' : 'ready';
  };
  return of(m, queue).filter((e) => stateOf(e) === state);
}

export function stats(m: Model, queue: string): ChannelStats {
  const count = (state: State) => inState(m, queue, state).length;
  const [ready, scheduled] = [count('ready'), count('scheduled')];
  return { ready, scheduled, leased: count('leased'), dead: count('dead') };
}

export function purge(m: Model, letters: readonly ModelEvent[]): Model {
  return { ...m, events: m.events.filter((e) => !letters.includes(e)) };
}

export function redrive(m: Model, letters: readonly ModelEvent[]): Model {
  const again = letters.map(
    ({ redriven, n, id, queue, createdAt, priority, key, blocks, after, retentionMs }, index) => ({
      ...{ n, id, queue, createdAt, priority, key, blocks, after, retentionMs },
      ...{ order: m.lastOrder + 1 + index, attempts: 0, redriven: redriven + 1 },
      ...{ state: 'waiting' as const, dueAt: m.now, expiresAt: Number.POSITIVE_INFINITY },
    }),
  );
  const next = again.reduce((before, e) => note(before, e, 'pending'), purge(m, letters));
  const events = [...next.events, ...again];
  return { ...next, events, lastOrder: m.lastOrder + letters.length };
}

export function cancel(m: Model, e: ModelEvent | undefined): readonly [Settlement, Model] {
  if (!e || e.state === 'dead') return ['gone', m];
  return e.state === 'leased' ? ['stale', m] : ['ok', purge(note(m, e, 'cancelled'), [e])];
}

export function release(m: Model, line: string): readonly [boolean, Model] {
  const blocked = m.blocked.filter((one) => one !== line);
  return [m.blocked.includes(line), { ...m, blocked }];
}

export function retryNow(m: Model, queue: string): readonly [number, Model] {
  const retried = of(m, queue).filter((e) => e.state === 'waiting' && e.isRetry && e.dueAt > m.now);
  const events = m.events.map((e) => (retried.includes(e) ? { ...e, dueAt: m.now } : e));
  return [retried.length, { ...m, events }];
}

export function createGroup(m: Model, queue: string, hasPlain: boolean): readonly [boolean, Model] {
  if (m.groups.includes(queue)) return [false, m];
  const ended = hasPlain ? m.ended : [...m.ended, channelOf(queue)];
  return [true, { ...m, ended, groups: [...m.groups, queue] }];
}

export function deleteGroup(m: Model, queue: string): readonly [boolean, Model] {
  const groups = m.groups.filter((one) => one !== queue);
  const isLast = !groups.some((one) => channelOf(one) === channelOf(queue));
  const ended = isLast ? m.ended.filter((one) => one !== channelOf(queue)) : m.ended;
  const blocked = m.blocked.filter((line) => !line.startsWith(`${queue} `));
  const kept = Object.entries(m.results).filter(([of]) => !of.startsWith(`${queue} `));
  const results = Object.fromEntries(kept);
  const left = { groups, ended, results, blocked, skipped: { ...m.skipped, [queue]: 0 } };
  return [m.groups.includes(queue), { ...purge(m, of(m, queue)), ...left }];
}
