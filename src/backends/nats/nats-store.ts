import type { ChannelStats, DeadLetter, Settlement } from '../../core/events/message.ts';
import { groupOfQueue } from '../../core/options/queue-name.ts';
import type { Observer, ObserverEvent } from '../../core/reports/observer.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  GroupStore,
  LetterStep,
  LetterStepResult,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';
import { Appender } from './appender.ts';
import { channelStats, type StatsParts } from './channel-stats.ts';
import { Claimer } from './claimer.ts';
import { CleanUp } from './clean-up.ts';
import { Consumers } from './consumers.ts';
import { DeadLetters } from './dead-letters.ts';
import { GroupTable } from './group-table.ts';
import { HeldTable } from './held-table.ts';
import { HintNotifier } from './hint-notifier.ts';
import type { JetStream } from './jetstream.ts';
import { Later } from './later.ts';
import { LeaseExtensions } from './lease-extensions.ts';
import { Names } from './names.ts';
import { Settler } from './settler.ts';
import { Streams } from './streams.ts';

/** The store over JetStream: it connects the parts, and has the parts of a backend that concern no wait. */
export class NatsStore implements EventStore {
  readonly groups: GroupStore;
  readonly notifier: HintNotifier;
  readonly #api: JetStream;
  readonly #names: Names;
  readonly #appender: Appender;
  readonly #letters: DeadLetters;
  readonly #later: Later;
  readonly #settler: Settler;
  readonly #claimer: Claimer;
  readonly #cleanUp: CleanUp;
  readonly #extensions: LeaseExtensions;
  readonly #stats: StatsParts;
  readonly #observers = new Set<Observer>();

  constructor(api: JetStream) {
    const { prefix, runtime, connection } = api.settings;
    const names = new Names(prefix);
    const report = (event: ObserverEvent) => this.#report(event);
    const streams = new Streams(api, names);
    const consumers = new Consumers(api, names, streams);
    const held = new HeldTable(() => runtime.now());
    this.#api = api;
    this.#names = names;
    this.#cleanUp = new CleanUp({ api, names, streams, consumers, report });
    this.#appender = new Appender(api, streams, (queue) => this.#cleanUp.makeRoom(queue));
    this.#letters = new DeadLetters(api, names, streams, this.#appender);
    this.#later = new Later({ api, names, consumers, held }, this.#appender);
    this.#extensions = new LeaseExtensions({ api, consumers, report });
    this.notifier = new HintNotifier({
      ...{ connection, names, ownId: runtime.randomId() },
      onGroups: (channel) => consumers.forgetAll(channel),
    });
    const shared = { api, names, consumers, held, report };
    this.#settler = new Settler({
      ...{ ...shared, letters: this.#letters, extensions: this.#extensions },
      cleanUp: this.#cleanUp,
      wake: (queue) => this.notifier.notify([queue]),
    });
    this.#claimer = new Claimer({
      ...{ ...shared, settler: this.#settler, later: this.#later },
      hintsOf: (channel) => this.notifier.countOf(channel),
    });
    this.#stats = { names, streams, consumers, letters: this.#letters, later: this.#later };
    this.groups = new GroupTable({
      ...{ names, streams, consumers, letters: this.#letters },
      random: () => runtime.random(),
      dropQueue: (queue) => held.drop(queue),
      announce: (channel) => this.notifier.announceGroups(channel),
    });
  }

  /** One after the other: JetStream stores several messages in one step from version 2.12 on only. */
  async append(events: readonly NewEvent[]): Promise<void> {
    for (const event of events)
      if (isDelayed(event)) await this.#later.append(event);
      else await this.#appender.append(event, this.#names.due(event.channel));
  }

  claim(request: ClaimRequest): Promise<Claim> {
    return this.#claimer.claim(request);
  }

  settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return Promise.all(requests.map((request) => this.#settler.settle(request)));
  }

  stats(queue: string): Promise<ChannelStats> {
    return channelStats(this.#stats, queue);
  }

  async deadLetters(queue: string, limit: number, after?: number): Promise<DeadLetter[]> {
    await this.#requireGroup(queue);
    return this.#letters.list(queue, limit, after);
  }

  async moveLetters(step: LetterStep): Promise<LetterStepResult> {
    if (step.until === undefined) await this.#requireGroup(step.channel);
    const result = await this.#letters.move(step);
    const { channel, verb } = step;
    const type = verb === 'redrive' ? 'redriven' : 'purged';
    if (result.taken.length > 0) this.#report({ type, channel, count: result.taken.length });
    return result;
  }

  observe(report: Observer): Stop {
    const own: Observer = (event) => report(event);
    this.#observers.add(own);
    return () => this.#observers.delete(own);
  }

  async close(): Promise<void> {
    this.#extensions.stopAll();
    await this.#cleanUp.untilNone();
    this.#api.watch.stop();
  }

  /** Error: `no-group`. */
  async #requireGroup(queue: string): Promise<void> {
    if (groupOfQueue(queue) !== undefined) await this.#stats.consumers.fresh(queue);
  }

  #report(event: ObserverEvent): void {
    for (const observer of [...this.#observers]) observer(event);
  }
}

function isDelayed({ delayMs = 0, availableAt = 0, createdAt }: NewEvent): boolean {
  return delayMs > 0 || availableAt > createdAt;
}
