import { channelOfQueue, groupOfQueue, queueName } from '../../core/options/queue-name.ts';
import type { SyncGroupStore } from '../../queue/event-store.ts';
import { noGroupError } from '../../queue/group-queues.ts';
import { idOf } from '../../queue/written-id.ts';
import type { SqliteConnection } from './connection.ts';
import { LEASED } from './places.ts';
import type { SettlerParts } from './settler.ts';

/** The groups of all channels. A group has a queue of its own, with a copy of each event. */
export class GroupTable implements SyncGroupStore {
  readonly #connection: SqliteConnection;
  readonly #report: SettlerParts['report'];

  constructor({ connection, report }: Pick<SettlerParts, 'connection' | 'report'>) {
    this.#connection = connection;
    this.#report = report;
  }

  create(channel: string, group: string, hasPlain: boolean): boolean {
    const connection = this.#connection;
    return connection.write(() => {
      const added = connection.run(
        `INSERT INTO @groups (channel, number, name)
         SELECT ?, coalesce(max(number), 0) + 1, ? FROM @groups WHERE channel = ?
         ON CONFLICT DO NOTHING`,
        ...[channel, group, channel],
      );
      if (added > 0 && !hasPlain)
        connection.run(
          'INSERT INTO @plainless (channel) VALUES (?) ON CONFLICT DO NOTHING',
          channel,
        );
      return added > 0;
    });
  }

  delete(channel: string, group: string): boolean {
    const connection = this.#connection;
    return connection.write(() => {
      const removed = connection.run(
        'DELETE FROM @groups WHERE channel = ? AND name = ?',
        ...[channel, group],
      );
      if (removed === 0) return false;
      if (this.list(channel).length === 0)
        connection.run('DELETE FROM @plainless WHERE channel = ?', channel);
      this.#deleteQueue(queueName({ channel, group }));
      return true;
    });
  }

  list(channel: string): string[] {
    return this.#connection.read(() =>
      this.#connection
        .all<{ name: string }>(
          'SELECT name FROM @groups WHERE channel = ? ORDER BY number',
          channel,
        )
        .map(({ name }) => name),
    );
  }

  /** The queues that get a copy of each event of the channel. */
  queuesOf(channel: string): readonly string[] {
    const groups = this.list(channel);
    if (groups.length === 0) return [channel];
    const queues = groups.map((group) => queueName({ channel, group }));
    return this.#isPlainless(channel) ? queues : [channel, ...queues];
  }

  /** Throws if the queue is that of a group which does not exist. */
  requireQueue(queue: string): void {
    if (!this.hasQueue(queue)) throw noGroupError(queue);
  }

  hasQueue(queue: string): boolean {
    const group = groupOfQueue(queue);
    if (group === undefined) return true;
    const sql = 'SELECT 1 FROM @groups WHERE channel = ? AND name = ?';
    const found = () => this.#connection.get(sql, channelOfQueue(queue), group);
    return this.#connection.read(found) !== undefined;
  }

  /** Throws if the queue, which is empty, is the plain queue of a channel that has ended it: no event will come. */
  requireMore(queue: string): void {
    if (this.#connection.read(() => this.#isPlainless(queue))) throw noGroupError(queue);
  }

  #isPlainless(channel: string): boolean {
    return (
      this.#connection.get('SELECT 1 FROM @plainless WHERE channel = ?', channel) !== undefined
    );
  }

  #deleteQueue(queue: string): void {
    const connection = this.#connection;
    const leased = connection.all<{ eventId: string; lease: number }>(
      `SELECT event_id AS eventId, lease FROM @places WHERE queue = ? AND place = ${LEASED}`,
      queue,
    );
    connection.run(
      `DELETE FROM @events WHERE seq IN (SELECT seq FROM @places WHERE queue = ?
       UNION ALL SELECT seq FROM @held WHERE queue = ?)`,
      ...[queue, queue],
    );
    for (const table of ['places', 'held', 'lines', 'dead', 'results'])
      connection.run(`DELETE FROM @${table} WHERE queue = ?`, queue);
    for (const { eventId, lease } of leased)
      this.#report({ type: 'lease-lost', channel: queue, eventId: idOf(eventId), lease });
  }
}
