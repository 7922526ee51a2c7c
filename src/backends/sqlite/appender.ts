import type { NewEvent } from '../../queue/event-store.ts';
import { idOf, textOfId } from '../../queue/written-id.ts';
import type { Dependents } from './dependents.ts';
import { addEvent, takeEvent, type WrittenEvent } from './event-rows.ts';
import type { GroupTable } from './group-table.ts';
import type { KeyedEvent } from './key-lines.ts';
import { addPlace, PLACED, removePlace, SCHEDULED } from './places.ts';
import type { SettlerParts } from './settler.ts';

export interface AppenderParts extends SettlerParts {
  readonly groups: GroupTable;
  readonly dependents: Dependents;
}

/** How many ended windows of ids each publish with an id forgets. More than one, so that their number falls. */
const FORGOTTEN_AT_ONCE = 4;

/** Stores published events. Every method is called inside a write. */
export class Appender {
  readonly #parts: AppenderParts;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  append(all: readonly WrittenEvent[], now: number): void {
    const queues = new Map<string, readonly string[]>();
    for (const written of all) {
      const { channel } = written.event;
      if (this.#isRepeat(written.event, now)) continue;
      const known = queues.get(channel) ?? this.#parts.groups.queuesOf(channel);
      queues.set(channel, known);
      for (const queue of known) this.add(queue, written, now);
    }
    for (const { event } of all)
      if (event.after)
        for (const queue of this.#parts.groups.queuesOf(event.channel))
          this.#parts.results.letGoAfter(queue, event.after.eventId, now);
  }

  /** Puts events back that were dead letters of the queue. */
  restore(queue: string, all: readonly WrittenEvent[], now: number): void {
    for (const written of all) this.add(queue, written, now);
    for (const { event } of all)
      if (event.after) this.#parts.results.letGoAfter(queue, event.after.eventId, now);
  }

  /** Adds a copy of the event to one queue. If it waits for another event, it is held back until `letGoAfter`. */
  add(queue: string, written: WrittenEvent, now: number): void {
    const { connection, dependents, lines, results } = this.#parts;
    const { event } = written;
    const { createdAt, delayMs = 0, redriven, availableAt, priority = 0 } = event;
    const eventId = textOfId(event.eventId);
    if (event.replaces && event.key !== undefined) this.#replace(queue, textOfId(event.key), now);
    const seq = addEvent(connection, written);
    const since = delayMs > 0 ? now : null;
    const dueAt = availableAt ?? (redriven?.redrivenAt ?? createdAt) + delayMs;
    const place = since !== null || availableAt !== undefined ? SCHEDULED : PLACED;
    const row = { seq, eventId, availableAt: dueAt, since, place } as const;
    if (event.retentionMs) results.begin(queue, eventId);
    if (event.after) return dependents.hold(queue, textOfId(event.after.eventId), row);
    if (event.key !== undefined)
      return lines.enter(queue, { ...row, key: textOfId(event.key) } satisfies KeyedEvent);
    const level = priority === 0 ? 0 : -priority;
    addPlace(connection, queue, {
      ...row,
      key: null,
      level,
      rank: place === PLACED ? level : dueAt,
    });
  }

  /** Removes the waiting events of a key that were never delivered. */
  #replace(queue: string, key: string, now: number): void {
    const { connection, lines, report, results } = this.#parts;
    const held = lines.takeHeld(queue, key);
    const first = lines.undeliveredFirst(queue, key);
    if (first) {
      removePlace(connection, queue, first);
      lines.goOn(queue, key);
    }
    for (const { seq, eventId } of first ? [first, ...held] : held) {
      results.cancel(queue, { eventId, key, ...takeEvent(connection, seq) }, now);
      report({ type: 'replaced', channel: queue, eventId: idOf(eventId) });
    }
  }

  /** Remembers the id of the event. Returns whether it was remembered already, so that the event is not stored. */
  #isRepeat({ channel, eventId, dedupe }: NewEvent, now: number): boolean {
    if (!dedupe || dedupe.until <= now) return false;
    const { connection } = this.#parts;
    const id = textOfId(eventId);
    connection.run(
      `DELETE FROM @ids WHERE (channel, event_id) IN
       (SELECT channel, event_id FROM @ids WHERE until <= ? ORDER BY until LIMIT ${FORGOTTEN_AT_ONCE})`,
      now,
    );
    const known = connection.get(
      'SELECT 1 FROM @ids WHERE channel = ? AND event_id = ? AND until > ?',
      ...[channel, id, now],
    );
    if (known !== undefined) return true;
    if (dedupe.until > now)
      connection.run(
        'INSERT OR REPLACE INTO @ids (channel, event_id, until) VALUES (?, ?, ?)',
        ...[channel, id, dedupe.until],
      );
    return false;
  }
}
