import type { ChannelStats } from '../../core/events/message.ts';
import type { SqliteConnection } from './connection.ts';
import { LEASED, SCHEDULED } from './places.ts';

/** How many events of a queue wait or are leased. It reads the index of the queue, in proportion to its backlog. */
export function waitingCounts(
  connection: SqliteConnection,
  queue: string,
  now: number,
): Omit<ChannelStats, 'dead'> {
  const row = connection.get<Record<'scheduled' | 'later' | 'leased' | 'all' | 'held', number>>(
    `SELECT count(*) AS "all", coalesce(sum(place = ${LEASED}), 0) AS leased,
     coalesce(sum(place = ${SCHEDULED} AND rank > ?), 0) AS scheduled,
     (SELECT count(*) FROM @held WHERE queue = ?) AS held,
     (SELECT count(*) FROM @held WHERE queue = ? AND available_at > ?) AS later
     FROM @places WHERE queue = ?`,
    ...[now, queue, queue, now, queue],
  );
  const { all = 0, leased = 0, scheduled: waiting = 0, held = 0, later = 0 } = row ?? {};
  const scheduled = waiting + later;
  return { ready: all - leased - scheduled + held, leased, scheduled };
}
