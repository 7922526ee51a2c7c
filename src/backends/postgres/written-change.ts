import type { Death, Outcome } from '../../core/events/lifecycle.ts';
import { deadLetterOf } from '../../queue/event-shapes.ts';
import type { SettleRequest } from '../../queue/event-store.ts';
import { COPY_IN } from '../../queue/isolation.ts';
import { textOfId } from '../../queue/written-id.ts';
import { textOf } from '../../queue/written-value.ts';
import { hintChannel } from './hint-channel.ts';
import { eventOf, type LeasedAt, type StateRow } from './stored-event.ts';

/** One event that a statement changes. */
export interface Change {
  readonly row: StateRow;
  readonly lease: number;
  readonly outcome: Outcome;
}

/** Whether the end of the event is kept. */
export function hasResult(row: StateRow): boolean {
  return row.details !== null && eventOf(row).retentionMs !== undefined;
}

/** The request with the text of its reply, or without a reply that is not kept. Error: `not-cloneable`. */
export function writtenRequest(request: SettleRequest): SettleRequest {
  const { command, channel = '' } = request;
  if (command.verb !== 'ack' || command.reply === undefined) return request;
  const at = 'place' in request ? (request.place as LeasedAt | undefined) : undefined;
  if (at && !hasResult(at.row)) return { ...request, command: { verb: 'ack' } };
  const reply = textOf(COPY_IN.clone(command.reply, 'reply', channel), 'reply', channel);
  return { ...request, command: { verb: 'ack', reply } };
}

/** JSON of the acknowledgements. `now` is the time at which events with a retention have ended. */
export function givenAcks(changes: readonly Change[], now: number): string {
  return JSON.stringify(
    changes.map(({ row, lease, outcome }, n) => {
      const { id, attempts, details } = row;
      const ack = { n, id, lease, hint: hintOf(row) };
      if (!hasResult(row) || outcome.state !== 'acknowledged') return ack;
      const result = { attempts: attempts - (details?.uncounted ?? 0), acknowledgedAt: now };
      return {
        ...ack,
        name: details?.name ?? id,
        result: JSON.stringify({ state: 'acknowledged', ...result }),
        reply: outcome.reply ?? null,
      };
    }),
  );
}

/** The end of an event with a key may make the next one of the key due, and others wait for that of an event with a retention. */
function hintOf(row: StateRow): string | null {
  return row.details?.key || hasResult(row) ? hintChannel(row.channel) : null;
}

export function writtenChange({ row, lease, outcome }: Change, now: number): object {
  const { id, status: was, details } = row;
  const fence = { id, lease, was: was === 'pending' ? was : 'leased' };
  switch (outcome.state) {
    case 'leased':
      return { ...fence, kind: 'hold', at: outcome.leaseExpiresAt };
    case 'ready':
    case 'scheduled': {
      const { attempts, availableAt, lastError, state } = outcome;
      const isLater = state === 'scheduled';
      const uncounted = lease - attempts;
      return {
        ...fence,
        kind: 'wait',
        hint: isLater ? null : hintChannel(row.channel),
        at: isLater ? availableAt : null,
        detailed: isLater || details !== null || lastError !== null || uncounted > 0,
        retry: isLater,
        since: isLater ? now : null,
        uncounted,
        error: lastError && JSON.stringify(lastError),
      };
    }
    case 'dead':
      return { ...fence, kind: 'dead', hint: hintOf(row), ...writtenDeath(row, outcome) };
    default:
      throw new TypeError('an acknowledgement is written by another statement');
  }
}

function writtenDeath(row: StateRow, death: Death): object {
  const { details } = row;
  const event = eventOf(row);
  const whole = deadLetterOf({ ...event, payload: null, metadata: null }, death);
  const { eventId, channel, payload, metadata, ...letter } = whole;
  const forms = [details?.payload_form ?? null, details?.metadata_form ?? null];
  return {
    name: textOfId(eventId),
    letter: JSON.stringify({ ...letter, forms }),
    result: event.retentionMs === undefined ? null : JSON.stringify(death),
    blocks: event.onDeadLetter === 'block' ? details?.key : null,
  };
}
