import { AcklineError } from './errors.ts';
import type { EventMessage, Lease, Settlement } from './message.ts';
import type { ObserverEvent } from './observer.ts';
import { checkOptions, checkWholeNumber, refuse } from './options.ts';
import type { Capabilities, Capability, NackOptions, RejectOptions } from './protocols.ts';

/** A settlement as one of the two protocols answers it. */
export type Answer = Settlement | Promise<Settlement>;

/** What of a backend settles; both protocols have it. */
export interface SettlingBackend<A extends Answer> {
  readonly backendName: string;
  readonly capabilities?: Capabilities;
  ack(eventId: string, lease?: Lease): A;
  nack(eventId: string, lease?: Lease, options?: NackOptions): A;
  reject?(eventId: string, lease?: Lease, options?: RejectOptions): A;
  extend?(eventId: string, lease: Lease | undefined, ms: number): A;
}

/** What settling needs to know of an event. */
export type Target = Pick<EventMessage, 'eventId' | 'lease' | 'channel'>;

type Verb = 'ack' | 'nack' | 'reject' | 'extend';

/** Throws unless the backend declares `capability`; `asked` names what the caller gave. */
export function requireCapability(
  backend: { readonly backendName: string; readonly capabilities?: Capabilities },
  capability: Capability,
  asked: string = capability,
): void {
  if (backend.capabilities?.[capability]) return;
  throw new AcklineError(
    'unsupported',
    `${asked} needs the capability ${capability}, which the backend ${backend.backendName} lacks`,
  );
}

/**
 * Settles by delivery or by id for one client. Knows what the client was delivered and has not settled,
 * so that a bare id is fenced by the lease of the newest delivery that this client received.
 */
export class Settler<A extends Answer> {
  readonly #backend: SettlingBackend<A>;
  readonly #report: (event: ObserverEvent) => void;
  readonly #delivered = new Map<string, Target>();

  constructor(backend: SettlingBackend<A>, report: (event: ObserverEvent) => void) {
    this.#backend = backend;
    this.#report = report;
  }

  remember(message: EventMessage): void {
    const { eventId, lease, channel } = message;
    this.#delivered.set(eventId, { eventId, channel, ...(lease !== undefined && { lease }) });
  }

  ack(of: string | Target): A {
    const target = this.#targetOf(of);
    return this.#settle('ack', target, this.#backend.ack(target.eventId, target.lease));
  }

  nack(of: string | Target, options: NackOptions = {}): A {
    const target = this.#targetOf(of);
    checkOptions(options);
    if (options.delayMs !== undefined) {
      checkWholeNumber('delayMs', options.delayMs, 0, ' of milliseconds');
      if (options.delayMs > 0) requireCapability(this.#backend, 'delayMs', 'nack with delayMs');
    }
    const answer = this.#backend.nack(target.eventId, target.lease, options);
    return this.#settle('nack', target, answer);
  }

  reject(of: string | Target, options: RejectOptions = {}): A {
    const target = this.#targetOf(of);
    checkOptions(options);
    if (options.reason !== undefined && typeof options.reason !== 'string')
      refuse('reason', 'a string', options.reason);
    requireCapability(this.#backend, 'reject');
    const answer = this.#backend.reject?.(target.eventId, target.lease, options) as A;
    return this.#settle('reject', target, answer);
  }

  extend(of: string | Target, ms: number): A {
    const target = this.#targetOf(of);
    checkWholeNumber('ms', ms, 1, ' of milliseconds');
    requireCapability(this.#backend, 'extend');
    const answer = this.#backend.extend?.(target.eventId, target.lease, ms) as A;
    return this.#settle('extend', target, answer);
  }

  #targetOf(of: string | Target): Target {
    if (typeof of === 'object' && of !== null && typeof of.eventId === 'string') return of;
    if (typeof of !== 'string') refuse('event', 'a delivery or an event id', of);
    return this.#delivered.get(of) ?? { eventId: of, channel: '' };
  }

  #settle(verb: Verb, target: Target, answer: A): A {
    return whenAnswered(answer, (settlement) => {
      const { eventId, channel, lease } = target;
      const isOver = verb !== 'extend' || settlement !== 'ok';
      if (isOver && this.#delivered.get(eventId)?.lease === lease) this.#delivered.delete(eventId);
      this.#report({ type: 'settled', channel, eventId, verb, settlement });
    });
  }
}

/** `answer`, once `look` has seen what it came to: at once where it is no promise. */
export function whenAnswered<A extends Answer>(
  answer: A,
  look: (settlement: Settlement) => void,
  failed?: () => void,
): A {
  if (typeof answer === 'string') {
    look(answer);
    return answer;
  }
  const seen = answer.then(
    (settlement) => {
      look(settlement);
      return settlement;
    },
    (error: unknown) => {
      failed?.();
      throw error;
    },
  );
  return seen as A;
}
