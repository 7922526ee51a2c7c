import type { ConsumerInfo, Consumers } from './consumers.ts';
import { PLAIN } from './names.ts';

/** From which number to which one the plain queue gets no events. The last span may have no end. */
type Span = readonly [from: number, to: number | null];

/**
 * Where the plain queue of a channel gets no events, because its groups were made without it. It is kept as JSON in the description
 * of the queue's consumer. The consumer still receives these events, and its contexts acknowledge them unseen.
 */
export class PlainQueue {
  readonly #consumers: Consumers;

  constructor(consumers: Consumers) {
    this.#consumers = consumers;
  }

  /** From the event `from` on the queue gets none. */
  async turnOff(channel: string, from: number): Promise<void> {
    const spans = spansOf(await this.#consumers.fresh(channel));
    if (isOff(spans)) return;
    await this.#describe(channel, [...spans, [from, null]]);
  }

  /** From the event after `last` on the queue gets all. */
  async turnOn(channel: string, last: number): Promise<void> {
    const spans = spansOf(await this.#consumers.fresh(channel));
    const open = spans.at(-1);
    if (!open || open[1] !== null) return;
    await this.#describe(channel, [...spans.slice(0, -1), [open[0], last]]);
  }

  async #describe(channel: string, off: readonly Span[]): Promise<void> {
    const description = JSON.stringify({ off });
    await this.#consumers.create(channel, PLAIN, 'all', { description });
  }
}

export function spansOf({ config, name }: ConsumerInfo): readonly Span[] {
  if (name !== PLAIN || !config.description?.startsWith('{"off":')) return [];
  return (JSON.parse(config.description) as { off: readonly Span[] }).off;
}

/** Whether the queue gets no events that are published now. */
export function isOff(spans: readonly Span[]): boolean {
  return spans.at(-1)?.[1] === null;
}

export function isSkipped(spans: readonly Span[], seq: number): boolean {
  return spans.some(([from, to]) => seq >= from && (to === null || seq <= to));
}

/** How many of the messages after `delivered`, up to `last`, the queue does not get. */
export function skippedAfter(spans: readonly Span[], delivered: number, last = 0): number {
  const counts = spans.map(([from, to]) => (to ?? last) - Math.max(from, delivered + 1) + 1);
  return counts.reduce((sum, count) => sum + Math.max(0, count), 0);
}
