import type { Delivery, ObserverEvent } from 'ackline';
import type { HistoryRecorder } from './history-recorder.ts';
import type { MemberWires } from './member-wires.ts';
import type { SimulatedContext } from './simulated-context.ts';

/** Records what happens to one context as a member: of which channels it is one, and what reaches it there. */
export class MemberHistory {
  readonly context: SimulatedContext;
  readonly recorder: HistoryRecorder;
  /** The channels of which the context is a member. */
  readonly joined = new Set<string>();
  readonly #memberId: string;
  readonly #wires: MemberWires;
  /** By the id of the library: what the event is called in the history. */
  readonly #names = new Map<string, string>();

  constructor(
    context: SimulatedContext,
    memberId: string,
    recorder: HistoryRecorder,
    wires: MemberWires,
  ) {
    this.context = context;
    this.recorder = recorder;
    this.#memberId = memberId;
    this.#wires = wires;
    context.whenEnded(() => this.leaveAll());
  }

  join(channel: string): void {
    const { context } = this;
    // The rest of the step in which a context crashed still runs.
    if (context.isEnded) return;
    this.#wires.join(this.#memberId, channel);
    this.joined.add(channel);
    this.recorder.note(context, { operation: 'create-group', channel, group: context.name });
  }

  leave(channel: string): void {
    const { context } = this;
    if (!this.joined.delete(channel)) return;
    this.recorder.note(context, { operation: 'delete-group', channel, group: context.name });
  }

  /** It is a member until its handlers have ended. */
  noteLeft(channel: string): void {
    this.#wires.knowledge.leave(this.#memberId, channel);
  }

  leaveAll(): void {
    for (const channel of [...this.joined]) this.leave(channel);
  }

  noteDelivery(
    { channel, payload, eventId, lease, attempts }: Delivery,
    invoked = this.context.world.time,
  ): void {
    const { context, recorder } = this;
    if (context.isEnded) return;
    this.#names.set(eventId, String(payload));
    const named = { channel, eventId: String(payload), group: context.name, attempts };
    const token = lease === undefined ? {} : { lease };
    recorder.note(context, { operation: 'deliver', ...named, ...token }, invoked);
  }

  /** The record says how it ended. */
  async settle(
    { channel, payload, lease = 0 }: Delivery,
    operation: 'ack' | 'nack' | 'reject',
    settle: () => Promise<string>,
  ): Promise<void> {
    const { context, recorder } = this;
    const named = { channel, eventId: String(payload), group: context.name, lease };
    const outcomeOf = (answer: string) => (answer === 'ok' ? 'ok' : 'failed');
    await recorder
      .call(context, [{ operation, ...named }], settle, (answer) => [
        { outcome: outcomeOf(answer) },
      ])
      .catch(() => undefined);
  }

  observe(event: ObserverEvent): void {
    const { context, recorder } = this;
    if (context.isEnded) return;
    const group = context.name;
    if (event.type === 'events-missed') {
      const { channel, count } = event;
      recorder.note(context, { operation: 'missed', channel, group, count });
    }
    if (event.type === 'dead-lettered') {
      const { channel } = event;
      const eventId = this.#names.get(event.eventId) ?? event.eventId;
      recorder.note(context, { operation: 'dead-letter', channel, group, eventId });
    }
  }
}
