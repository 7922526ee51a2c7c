import { admit, asItIs } from '../core/admission.ts';
import type { Delivery } from '../core/delivery/delivery.ts';
import { requireOptionsOf } from '../core/delivery/settler.ts';
import type { EventChannel } from '../core/event-channel.ts';
import type { AsyncEventBackend } from '../core/protocols/protocols.ts';
import { codeOf, isBranded } from '../core/reports/errors.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { BatchOutcome } from '../outbox/batch-sender.ts';
import type { ForwardedEvent, ResolvedForward } from './forward-options.ts';
import { forwardedEvent } from './forwarded-event.ts';

/**
 * Errors of a publish that concern the event itself. Each other error is a fault of `to`, and loses no event: also `unsupported`, as of
 * an old server, because what an event needs of `to` is asked before.
 */
const FINAL: readonly unknown[] = ['invalid', 'too-large', 'not-cloneable'];

interface MoverParts {
  readonly to: AsyncEventBackend;
  /** The channel over `to`. */
  readonly target: EventChannel;
  readonly settings: Pick<ResolvedForward, 'drop' | 'map'>;
  readonly now: () => number;
  /** Called with the number of events that `to` has stored. */
  readonly onMoved: (count: number) => void;
}

interface Prepared {
  readonly event: ForwardedEvent;
  readonly at: number;
}

/**
 * Publishes the events of a batch in `to`: in one step where `to` has one. If the step fails because of one event, and where
 * there is no such step, each event is published by itself. An error that does not concern the event ends that: the events that
 * were not tried are due before the one that failed, so an event that always fails is not the first each time.
 */
export class Mover {
  readonly #parts: MoverParts;

  constructor(parts: MoverParts) {
    this.#parts = parts;
  }

  readonly move = async (deliveries: readonly Delivery[]): Promise<readonly BatchOutcome[]> => {
    const given = await Promise.all(deliveries.map((delivery) => this.#prepare(delivery)));
    const outcomes = given.map(
      (one): BatchOutcome => ('result' in one ? one : { result: 'unsent' }),
    );
    const prepared = given.flatMap((one, at) => ('result' in one ? [] : [{ event: one, at }]));
    const hasStep = this.#parts.to.capabilities?.publishMany === true;
    await this.#storeGroups(hasStep ? [prepared] : prepared.map((one) => [one]), outcomes);
    return outcomes;
  };

  /** Fills in the outcomes, until one is a fault of `to`. Returns whether one was. */
  async #storeGroups(
    groups: readonly (readonly Prepared[])[],
    outcomes: BatchOutcome[],
  ): Promise<boolean> {
    for (const group of groups) {
      const outcome = await this.#store(group);
      if (outcome.result === 'reject' && group.length > 1) {
        const isEnded = await this.#storeGroups(
          group.map((one) => [one]),
          outcomes,
        );
        if (isEnded) return true;
        continue;
      }
      for (const { at } of group) outcomes[at] = outcome;
      if (outcome.result === 'hold') return true;
    }
    return false;
  }

  /** Never rejects. */
  async #store(group: readonly Prepared[]): Promise<BatchOutcome> {
    try {
      await this.#parts.target.publishMany(group.map(({ event }) => event));
    } catch (error) {
      return FINAL.includes(codeOf(error)) ? refused(error) : { result: 'hold', error };
    }
    this.#parts.onMoved(group.length);
    return { result: 'done' };
  }

  /** The event as it is published, or why it cannot be. Never rejects. */
  async #prepare(delivery: Delivery): Promise<ForwardedEvent | BatchOutcome> {
    const { to, settings, now } = this.#parts;
    const { drop, map } = settings;
    let event: ForwardedEvent;
    try {
      event = forwardedEvent(delivery, to, drop, now());
    } catch (error) {
      return refused(error);
    }
    try {
      if (map) event = await map(event, delivery);
    } catch (error) {
      return isBranded(error, 'RejectError') ? refused(error) : { result: 'retry', error };
    }
    try {
      admit(event, asItIs);
      requireOptionsOf(to, event.options);
      return event;
    } catch (error) {
      return refused(error);
    }
  }
}

function refused(error: unknown): BatchOutcome {
  return { result: 'reject', reason: String(partOf(error, 'message')), error };
}
