import type { Lease, Settlement } from '../events/message.ts';
import { refuse } from '../options/options.ts';
import { checkGroupName, queueName } from '../options/queue-name.ts';
import type { AckOptions, NackOptions, RejectOptions } from '../options/settling-arguments.ts';
import { settlingOptions } from '../options/settling-options.ts';
import type { Capability } from '../protocols/capability.ts';
import type { BackendDescription } from '../protocols/protocols.ts';
import { closedError } from '../reports/closed-error.ts';
import { AcklineError } from '../reports/errors.ts';
import type { ObserverEvent } from '../reports/observer.ts';
import { DeliveredLeases, type Target } from './delivered-leases.ts';

/** The result of a settling verb, in the synchronous or the asynchronous protocol. */
export type Answer = Settlement | Promise<Settlement>;

export type SettlingVerb = 'ack' | 'nack' | 'reject' | 'extend';

/** The argument of a settling verb: the options of an ack, nack or reject, or the milliseconds of an extend. */
export type SettlingArgument = AckOptions | NackOptions | RejectOptions | number;

/** The settling verbs of a backend of either protocol. */
export interface SettlingBackend<A extends Answer> extends BackendDescription {
  ack(eventId: string, lease: Lease | undefined, given?: SettlingArgument, channel?: string): A;
  nack(eventId: string, lease: Lease | undefined, given?: SettlingArgument, channel?: string): A;
  reject?(eventId: string, lease: Lease | undefined, given?: SettlingArgument, channel?: string): A;
  extend?(eventId: string, lease: Lease | undefined, given?: SettlingArgument, channel?: string): A;
}

/** Throws unless the backend declares `capability`. `asked` names the option or verb of the caller in the error. */
export function requireCapability(
  backend: BackendDescription,
  capability: Capability,
  asked: string = capability,
): void {
  const { capabilities, features, backendName } = backend;
  if (capabilities?.[capability]) return;
  const feature = features?.[capability];
  throw new AcklineError(
    'unsupported',
    `${asked} needs the capability ${capability}, which the backend ${backendName} lacks${feature ? ` without ${feature} in its features` : ''}`,
  );
}

/** Throws unless the backend has groups, those of its storage or those of this context, and `group` may name one. */
export function requireGroup(backend: BackendDescription, group: unknown): void {
  if (!backend.capabilities?.localGroups) requireCapability(backend, 'groups', 'group');
  checkGroupName(group);
}

/** Options that need the capability of their name. */
const OPTIONS = [
  ...([
    'leaseMs',
    'maxAttempts',
    'delayMs',
    'availableAt',
    'ttlMs',
    'priority',
    'durability',
  ] as const),
  ...(['id', 'maxBacklog', 'retentionMs', 'self', 'reply', 'after'] as const),
  ...(['countsAsAttempt', 'sql'] as const),
];

/** Options that need a capability of the backend, each with that capability. */
const NEEDED_CAPABILITIES: readonly (readonly [option: string, capability: Capability])[] = [
  ...OPTIONS.map((option) => [option, option] as const),
  ['maxHoldMs', 'extend'],
  ['dedupeWindowMs', 'id'],
  ['whenFull', 'maxBacklog'],
  ['key', 'keys'],
  ['onDeadLetter', 'keys'],
  ['replaces', 'replace'],
  ['confirm', 'publishConfirmed'],
  ['group', 'groups'],
];

/** Throws if an option needs a capability that the backend lacks. A `delayMs`, `priority` or `retentionMs` of 0 needs none. */
export function requireOptionsOf(
  backend: BackendDescription,
  given: object | undefined,
  verb?: SettlingVerb,
): void {
  if (!given) return;
  if (verb === 'nack' && (given as NackOptions).reason !== undefined)
    requireCapability(backend, 'offline', 'reason');
  for (const [option, capability] of NEEDED_CAPABILITIES) {
    const value = (given as Readonly<Record<string, unknown>>)[option];
    const asksForNothing =
      value === undefined || (value === 0 && /^(delayMs|priority|retentionMs)$/.test(option));
    if (!asksForNothing) requireCapability(backend, capability, option);
  }
}

/** Receives the outcome of a settlement before the caller does, so that a delivery knows its state. */
export interface SettlementWatcher {
  answered(verb: SettlingVerb, settlement: Settlement): void;
  /** The call failed. It is unknown whether the event was settled. */
  failed(verb: SettlingVerb): void;
}

/** Settles by delivery or by id for one client, and reports it. */
export class Settler<A extends Answer> {
  readonly delivered: DeliveredLeases = new DeliveredLeases();
  /** The client was shut down. Its deliveries were released, and their verbs now fail. */
  isClosed = false;
  readonly #backend: SettlingBackend<A>;
  readonly #report: (event: ObserverEvent) => void;
  readonly #fail: (error: unknown) => A;

  /** `fail` throws or rejects, as other calls of this client do. */
  constructor(
    backend: SettlingBackend<A>,
    report: (event: ObserverEvent) => void,
    fail: (error: unknown) => A,
  ) {
    this.#backend = backend;
    this.#report = report;
    this.#fail = fail;
  }

  /** The lease of an unsettled delivery is lost. */
  lose(target: Target): void {
    const { eventId, lease, channel } = target;
    this.delivered.forget(target);
    this.#report({ type: 'lease-lost', channel, eventId, lease });
  }

  settle(
    verb: SettlingVerb,
    of: string | Target,
    given?: SettlingArgument,
    watcher?: SettlementWatcher,
  ): A {
    if (!this.isClosed) return this.#settle(verb, of, given, watcher);
    watcher?.failed(verb);
    return this.#fail(closedError());
  }

  /** Nacks `target`, also after the client was closed. */
  handBack(target: Target): A {
    return this.#settle('nack', target);
  }

  #settle(
    verb: SettlingVerb,
    of: string | Target,
    given?: SettlingArgument,
    watcher?: SettlementWatcher,
  ): A {
    try {
      const target = this.#targetOf(of);
      if (verb === 'reject' || verb === 'extend') requireCapability(this.#backend, verb);
      const argument =
        verb === 'extend' || given === undefined ? given : settlingOptions(verb, given);
      if (typeof argument === 'object') requireOptionsOf(this.#backend, argument, verb);
      const { eventId, lease, channel } = target;
      const answer = this.#backend[verb]?.(eventId, lease, argument, channel || undefined) as A;
      if (typeof answer === 'string') return this.#answered(answer, verb, target, watcher) as A;
      return answer.then(
        (settlement) => this.#answered(settlement, verb, target, watcher),
        (error: unknown) => {
          watcher?.failed(verb);
          throw error;
        },
      ) as A;
    } catch (error) {
      watcher?.failed(verb);
      return this.#fail(error);
    }
  }

  #answered(
    settlement: Settlement,
    verb: SettlingVerb,
    target: Target,
    watcher: SettlementWatcher | undefined,
  ): Settlement {
    const { eventId, channel } = target;
    const isHeld = verb === 'extend' && settlement === 'ok';
    if (!isHeld) this.delivered.forget(target);
    this.#report({ type: 'settled', channel, eventId, verb, settlement });
    watcher?.answered(verb, settlement);
    return settlement;
  }

  #targetOf(of: string | Target): Target {
    if (typeof of === 'object' && of !== null && typeof of.eventId === 'string')
      return of.group === undefined
        ? of
        : { eventId: of.eventId, lease: of.lease, channel: queueName(of) };
    if (typeof of !== 'string') refuse('event', 'a delivery or an event id', of);
    return this.delivered.get(of) ?? { eventId: of, channel: '' };
  }
}

/** Returns `answer`, and calls `observe` with its settlement. A settlement that is no promise is observed at once. */
export function whenAnswered<A extends Answer>(
  answer: A,
  observe: (settlement: Settlement) => void,
): A {
  if (typeof answer !== 'string')
    return answer.then((settlement) => whenAnswered(settlement, observe)) as A;
  observe(answer);
  return answer;
}
