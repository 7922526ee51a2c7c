import { channelOfQueue } from '../core/options/queue-name.ts';
import type { ObserverEvent } from '../core/reports/observer.ts';

/** How many events of a channel this page has published and acknowledged since it counts. */
export interface Counted {
  readonly published: number;
  readonly acknowledged: number;
}

const NONE: Counted = { published: 0, acknowledged: 0 };

/** Counts what the observers of this page's channels report. */
export class Activity {
  readonly #counts = new Map<string, Counted>();

  /** Whether any channel reports. */
  get isFed(): boolean {
    return this.#counts.size > 0;
  }

  readonly observe = (event: ObserverEvent): void => {
    const isAck = event.type === 'settled' && event.verb === 'ack' && event.settlement === 'ok';
    if (event.type !== 'published' && !isAck) return;
    const channel = channelOfQueue(event.channel);
    const { published, acknowledged } = this.of(channel);
    this.#counts.set(
      channel,
      isAck
        ? { published, acknowledged: acknowledged + 1 }
        : { published: published + 1, acknowledged },
    );
  };

  of(channel: string): Counted {
    return this.#counts.get(channel) ?? NONE;
  }
}
