import type { DequeueOptions, EventMessage, NackOptions, Settlement } from 'ackline';
import { decoratedBackend } from '../../src/core/protocols/decorated-backend.ts';
import { nextTask } from '../support/next-task.ts';
import { followClaim } from './claim-commands.ts';
import type { Command, Verb } from './model-event.ts';
import { type Backend, fromEnd, type Place } from './place.ts';
import { followSettlement } from './settle-commands.ts';

/**
 * The backend of a listener: each of its claims and settlements is compared with the model, as those of commands are. What a claim
 * delivers must be due when its answer comes. Then it has seen each settlement that was answered before.
 */
export class Recorder {
  /** The first difference from the model. */
  failure: unknown;
  readonly backend: Backend;
  /** By id and lease, the settlement that ended the delivery. */
  readonly settled = new Map<string, Command>();
  readonly #at: Place;
  readonly #inner: Backend;
  /** Settlements without an answer. */
  readonly #settling = new Set<Promise<unknown>>();

  constructor(inner: Backend, at: Place) {
    this.#inner = inner;
    this.#at = at;
    const settle =
      (verb: Verb) =>
      (...given: readonly unknown[]) =>
        this.#settle(verb, given);
    this.backend = decoratedBackend(inner, {
      dequeueMany: (...given: Parameters<Backend['dequeueMany']>) => this.#claim(...given),
      ...{ ack: settle('ack'), nack: settle('nack') },
      ...{ reject: settle('reject'), extend: settle('extend') },
    }) as Backend;
  }

  /** Resolves when each settlement is answered, and the model has it. */
  async untilSettled(): Promise<void> {
    do await nextTask();
    while (this.#settling.size > 0);
  }

  async #claim(
    queue: string,
    limit: number,
    waitMs: number,
    options: DequeueOptions = {},
  ): Promise<EventMessage[]> {
    const messages = await this.#inner.dequeueMany(queue, limit, waitMs, options);
    await Promise.allSettled(this.#settling);
    const { leaseMs = 0, maxAttempts = Number.POSITIVE_INFINITY } = options;
    const context = this.#at.contexts.findIndex(({ full }) => full === this.#inner);
    const args = { queue, limit, context, leaseMs, maxAttempts, isListener: true };
    this.#compare(() => followClaim({ ...args, backend: this.#inner }, messages, this.#at));
    return messages;
  }

  async #settle(verb: Verb, given: readonly unknown[]): Promise<Settlement> {
    const [id, lease, value, queue] = given as [string, number, unknown, string];
    const settling = (this.#inner[verb] as (...all: unknown[]) => Promise<Settlement>)(...given);
    this.#settling.add(settling);
    try {
      const answer = await settling;
      const handed = this.#at.handed.filter((one) => one.id === id && one.lease === lease);
      const target = fromEnd(handed, 0);
      const { delayMs = 0, error, countsAsAttempt } = Object(value) as NackOptions;
      const ms = verb === 'extend' ? Number(value) : delayMs;
      const reply = verb === 'ack' ? (value as { reply?: number } | undefined)?.reply : undefined;
      const postpones = countsAsAttempt === false;
      const command: Command = { verb, ms, fails: error !== undefined, reply, postpones };
      if (verb !== 'extend' && answer === 'ok') this.settled.set(`${id} ${lease}`, command);
      this.#compare(() => {
        // What was reported meanwhile may follow from this settlement.
        this.#at.model.now = this.#at.world.runtime.now();
        if (!target) throw new Error(`${verb} of ${id}, which was not delivered`);
        followSettlement({ ...target, queue }, true, command, answer, this.#at);
      });
      return answer;
    } finally {
      this.#settling.delete(settling);
    }
  }

  #compare(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failure ??= error;
    }
  }
}
