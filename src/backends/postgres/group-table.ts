import { refuse } from '../../core/options/options.ts';
import { channelOfQueue, groupOfQueue, queueName } from '../../core/options/queue-name.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { GroupStore } from '../../queue/event-store.ts';
import { noGroupError } from '../../queue/group-queues.ts';
import { idOf } from '../../queue/written-id.ts';
import type { Database } from './database.ts';
import { hintChannel } from './hint-channel.ts';

export interface GroupTableParts {
  readonly database: Database;
  readonly notify: boolean;
  readonly report: (event: ObserverEvent) => void;
}

interface EndedLease {
  readonly name: string;
  readonly lease: number;
}

/** The longest name in the queue table, which sqlspec has made. */
const MAX_QUEUE_NAME = 128;

/** Notifies if something has changed. Last value: the hint, or nothing. */
const hinted = (changed: string, hint: string) => `SELECT json_build_object('answer', c.answer,
    'hints', (SELECT count(pg_notify(${hint}::text, '')) WHERE c.answer IS NOT NULL AND ${hint}::text <> ''))::text AS answer
  FROM (SELECT ${changed} AS answer) c`;

const ADD = hinted(`nullif(@fn_add_group($1::text, $2::text, $3::text::boolean), false)`, '$4');
const DROP = hinted('@fn_drop_group($1::text, $2::text)', '$3');
const LIST = `SELECT coalesce(json_agg(name ORDER BY number), '[]')::text AS answer FROM @groups
  WHERE channel = $1::text AND name <> ''`;
const EXISTS =
  'SELECT to_json(EXISTS (SELECT 1 FROM @groups WHERE channel = $1::text AND name = $2::text))::text AS answer';

/** The groups of all channels. A group has a queue of its own, with a copy of each event. */
export class GroupTable implements GroupStore {
  readonly #parts: GroupTableParts;

  constructor(parts: GroupTableParts) {
    this.#parts = parts;
  }

  async create(channel: string, group: string, hasPlain: boolean): Promise<boolean> {
    const most = MAX_QUEUE_NAME - 1 - channel.length;
    if (group.length > most)
      refuse(
        'group',
        `a name of at most ${most} characters, because that of its channel has ${channel.length}`,
        group,
      );
    return (await this.#change<true>(ADD, channel, group, String(hasPlain))) !== null;
  }

  async delete(channel: string, group: string): Promise<boolean> {
    const leases = await this.#change<EndedLease[]>(DROP, channel, group);
    const queue = queueName({ channel, group });
    for (const { name, lease } of leases ?? [])
      this.#parts.report({ type: 'lease-lost', channel: queue, eventId: idOf(name), lease });
    return leases !== null;
  }

  list(channel: string): Promise<string[]> {
    return this.#parts.database.run<string[]>(LIST, [channel]);
  }

  /** Throws if the queue is that of a group which does not exist. */
  async requireQueue(queue: string): Promise<void> {
    const group = groupOfQueue(queue);
    if (group === undefined) return;
    const values = [channelOfQueue(queue), group];
    if (!(await this.#parts.database.run<boolean>(EXISTS, values))) throw noGroupError(queue);
  }

  /** Resolves with null if nothing was changed. */
  async #change<Answer>(sql: string, channel: string, ...values: string[]): Promise<Answer | null> {
    const { database, notify } = this.#parts;
    const hint = notify ? hintChannel(channel) : '';
    const { answer } = await database.run<{ answer: Answer | null }>(sql, [
      channel,
      ...values,
      hint,
    ]);
    return answer;
  }
}
