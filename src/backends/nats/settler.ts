import { type Command, type Death, settle } from '../../core/events/lifecycle.ts';
import type { Settlement } from '../../core/events/message.ts';
import { codeOf } from '../../core/reports/errors.ts';
import type { SettleRequest } from '../../queue/event-store.ts';
import type { CleanUp } from './clean-up.ts';
import { ACK, type ConfirmParts, confirm, EXTEND, nak, TERMINATE } from './confirm.ts';
import { type DeadLetters, letterHeader } from './dead-letters.ts';
import type { EventHeader } from './event-headers.ts';
import type { HeldDelivery } from './held-delivery.ts';
import type { HeldTable } from './held-table.ts';
import type { LeaseExtensions } from './lease-extensions.ts';
import type { Names } from './names.ts';
import { storedMessage } from './stored-message.ts';

/** An event whose consumer has stopped waiting is kept this long for the next claim of its context. Then it is returned to the server. */
const KEPT_MS = 50;

export interface SettlerParts extends ConfirmParts {
  readonly names: Names;
  readonly held: HeldTable;
  readonly letters: DeadLetters;
  readonly extensions: LeaseExtensions;
  readonly cleanUp: CleanUp;
  /** Wakes the consumers of a queue. */
  readonly wake: (queue: string) => void;
}

/** Settles deliveries of this context. Other contexts cannot settle them, because only this one knows when their leases end. */
export class Settler {
  readonly #parts: SettlerParts;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  async settle(request: SettleRequest): Promise<Settlement> {
    const held = 'place' in request ? (request.place as HeldDelivery) : undefined;
    if (!held || held.state === 'gone') return 'gone';
    if (request.lease !== held.parts.lease || held.state === 'lost') return 'stale';
    if (held.state === 'ended') return 'gone';
    const settlement = await this.#run(held, request.command);
    if (settlement !== 'ok') this.#forget(held);
    return settlement;
  }

  /**
   * Stores the dead letter of an event, and then ends the event. A context that dies between the two leaves both: the event is
   * delivered again.
   */
  async bury(
    held: HeldDelivery,
    header: EventHeader,
    data: Uint8Array,
    death: Death,
  ): Promise<Settlement> {
    const { letters } = this.#parts;
    const { queue, seq } = held.parts;
    if (held.leftMs(this.#parts.api.nowMs) <= 0) return confirm(this.#parts, held, TERMINATE);
    const letter = await letters.add({
      queue,
      seq,
      data,
      header: letterHeader(queue, header, death),
    });
    const settlement = await confirm(this.#parts, held, TERMINATE);
    if (settlement !== 'ok') {
      await letters.remove(letter);
      return settlement;
    }
    this.#end(held);
    const { reason, attempts } = death;
    const { eventId } = held.parts;
    this.#parts.report({ type: 'dead-lettered', channel: queue, eventId, reason, attempts });
    return settlement;
  }

  #run(held: HeldDelivery, command: Command): Promise<Settlement> {
    switch (command.verb) {
      case 'ack':
        return this.#ack(held);
      case 'nack':
      case 'postpone':
        return this.#nack(held, command);
      case 'reject':
      case 'bury':
        return this.#die(held, command);
      case 'extend':
        return this.#extend(held, command.ms);
      case 'release':
        return this.#keep(held);
      default:
        return command satisfies never;
    }
  }

  async #ack(held: HeldDelivery): Promise<Settlement> {
    const settlement = await confirm(this.#parts, held, ACK);
    if (settlement === 'ok') this.#end(held);
    return settlement;
  }

  async #nack(
    held: HeldDelivery,
    command: Extract<Command, { verb: 'nack' | 'postpone' }>,
  ): Promise<Settlement> {
    const { queue, attempts, maxAttempts } = held.parts;
    if (command.verb === 'nack' && attempts >= maxAttempts) return this.#die(held, command);
    const settlement = await confirm(this.#parts, held, nak(command.delayMs));
    if (settlement !== 'ok') return settlement;
    this.#forget(held);
    held.lose();
    if (command.delayMs > 0) this.#parts.held.noteDelay(queue, command.delayMs);
    return settlement;
  }

  /** Ends the event with the death that the command brings. The payload is read from the stream, which keeps it until then. */
  async #die(held: HeldDelivery, command: Command): Promise<Settlement> {
    const { api, names } = this.#parts;
    const { queue, seq, attempts, lease, maxAttempts } = held.parts;
    const leased = {
      attempts,
      lease,
      maxAttempts,
      availableAt: 0,
      leaseExpiresAt: 0,
      lastError: null,
    };
    const death = settle(leased, command, api.settings.runtime.now()) as Death;
    const found = await storedMessage(api, names.stream(queue), { seq });
    if (!found) return 'gone';
    return this.bury(held, { ...found.header, id: held.parts.eventId }, found.data, death);
  }

  async #extend(held: HeldDelivery, ms: number): Promise<Settlement> {
    const settlement = await confirm(this.#parts, held, EXTEND);
    if (settlement === 'ok') this.#parts.extensions.keep(held, ms);
    return settlement;
  }

  /** The consumer for which the event was claimed has stopped waiting. */
  async #keep(held: HeldDelivery): Promise<Settlement> {
    const { api, held: table, wake } = this.#parts;
    table.keep(held);
    wake(held.parts.queue);
    api.settings.runtime.after(KEPT_MS, () => void this.giveBack(held));
    return 'ok';
  }

  /** Returns an event to the server that was kept for this context. Never rejects: if it fails, the lease ends. */
  async giveBack(held: HeldDelivery): Promise<void> {
    if (!this.#parts.held.takeOne(held)) return;
    await confirm(this.#parts, held, nak(0)).catch((error: unknown) => {
      if (codeOf(error) === 'closed') return;
      const { queue: channel } = held.parts;
      this.#parts.report({ type: 'fault', during: 'settle', channel, error });
    });
    this.#forget(held);
    this.#parts.wake(held.parts.queue);
  }

  #end(held: HeldDelivery): void {
    held.end();
    this.#forget(held);
    this.#parts.cleanUp.note(held.parts.queue);
  }

  #forget(held: HeldDelivery): void {
    this.#parts.held.remove(held);
    this.#parts.extensions.stop(held);
  }
}
