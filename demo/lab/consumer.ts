import type { Delivery, Listener, ListenerStatus, ObserverEvent } from 'ackline';
import { CHANNELS, type ChannelName, type DemoSchema } from './channels.ts';
import { DEFAULT_HANDLERS, type HandlerSettings, handleDelivery } from './handlers.ts';
import { type DemoEvents, LEASE_MS, MAX_HOLD_MS } from './open-events.ts';

/** Further deliveries are counted, but neither posted nor drawn. */
const MAX_SHOWN = 3;

/** A delivery whose handler runs now. Times are epoch milliseconds. */
export interface LiveDelivery {
  readonly key: string;
  readonly eventId: string;
  readonly channel: string;
  readonly title: string;
  readonly from: string;
  readonly attempts: number;
  readonly lease: number | null;
  readonly startedAt: number;
  readonly leaseExpiresAt: number;
}

export interface ConsumerState {
  readonly statuses: Readonly<Record<ChannelName, ListenerStatus>>;
  /** The oldest running deliveries, up to a limit. */
  readonly deliveries: readonly LiveDelivery[];
  readonly runningCount: number;
  readonly acknowledgedCount: number;
}

/** A consumer that the page controls. It runs in the page or in a worker. */
export interface ConsumerControls {
  start(channel: ChannelName): void;
  /** Stops claiming. Running handlers finish. */
  stop(channel: ChannelName): void;
  /** Aborts the running handlers and releases their events at once. */
  release(channel: ChannelName): void;
  configure(settings: HandlerSettings): void;
}

export const IDLE_STATE: ConsumerState = {
  statuses: { 'order.placed': 'stopped', 'mail.send': 'stopped', 'photo.resize': 'stopped' },
  deliveries: [],
  runningCount: 0,
  acknowledgedCount: 0,
};

/** Listens on the chosen channels. The page and the worker run the same code. */
export class Consumer implements ConsumerControls {
  readonly #events: DemoEvents;
  readonly #changed: () => void;
  readonly #listeners = new Map<ChannelName, Listener>();
  readonly #live = new Map<string, LiveDelivery>();
  #settings = DEFAULT_HANDLERS;
  #acknowledgedCount = 0;

  constructor(events: DemoEvents, changed: () => void) {
    this.#events = events;
    this.#changed = changed;
  }

  get state(): ConsumerState {
    const statusOf = (channel: ChannelName) => this.#listeners.get(channel)?.status ?? 'stopped';
    const statuses = Object.fromEntries(CHANNELS.map((channel) => [channel, statusOf(channel)]));
    return {
      statuses: { ...IDLE_STATE.statuses, ...statuses },
      deliveries: [...this.#live.values()].slice(0, MAX_SHOWN),
      runningCount: this.#live.size,
      acknowledgedCount: this.#acknowledgedCount,
    };
  }

  start(channel: ChannelName): void {
    if (this.#listeners.get(channel)?.status === 'running') return;
    const { concurrency } = this.#settings;
    const handle = (delivery: Delivery<DemoSchema[ChannelName]>) => this.#handle(delivery);
    const listener = this.#events.listen(channel, handle, { concurrency });
    this.#listeners.set(channel, listener);
    void listener.closed.then(this.#changed);
    this.#changed();
  }

  stop(channel: ChannelName): void {
    void this.#events.stopListener(channel);
    this.#changed();
  }

  release(channel: ChannelName): void {
    void this.#events.stopListener(channel, { mode: 'release' });
    this.#changed();
  }

  configure(settings: HandlerSettings): void {
    const isResized = settings.concurrency !== this.#settings.concurrency;
    this.#settings = settings;
    if (!isResized) return;
    for (const [channel, { status }] of this.#listeners)
      if (status === 'running') {
        this.stop(channel);
        this.start(channel);
      }
  }

  /** Receives the observer events of this consumer's channel. */
  observe(event: ObserverEvent): void {
    if (event.type !== 'settled' || event.settlement !== 'ok') return;
    if (event.verb === 'ack') this.#acknowledgedCount += 1;
    if (event.verb === 'extend') this.#extend(event.eventId);
    this.#changed();
  }

  #extend(eventId: string): void {
    for (const [key, live] of this.#live) {
      if (live.eventId !== eventId) continue;
      const leaseExpiresAt = Math.min(Date.now() + LEASE_MS, live.startedAt + MAX_HOLD_MS);
      this.#live.set(key, { ...live, leaseExpiresAt });
    }
  }

  async #handle(delivery: Delivery<DemoSchema[ChannelName]>): Promise<void> {
    const {
      eventId,
      channel,
      attempts,
      lease = null,
      leaseExpiresAt,
      payload,
      metadata,
    } = delivery;
    const key = `${eventId} ${attempts}`;
    const from = String(metadata?.['from'] ?? '');
    const startedAt = Date.now();
    const { title } = payload;
    const times = { startedAt, leaseExpiresAt };
    this.#live.set(key, { key, eventId, channel, title, from, attempts, lease, ...times });
    this.#changed();
    try {
      await handleDelivery(delivery, this.#settings);
    } finally {
      this.#live.delete(key);
      this.#changed();
    }
  }
}
