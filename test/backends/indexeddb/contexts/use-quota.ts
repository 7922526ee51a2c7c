import type { Page } from 'playwright';

/** The report of a page that published until it was refused. */
export interface Published {
  /** Events stored. */
  readonly published: number;
  readonly refusal: {
    readonly name: string;
    readonly code: string;
    readonly isQuotaError: boolean;
    readonly cause: string;
  } | null;
}

/** Publishes one batch of random bytes, which no browser can make smaller: an event for each channel named. */
export function publishRandom(
  page: Page,
  channels: readonly string[],
  bytes: number,
): Promise<Published> {
  return page.evaluate(([to, size]) => window.publishRandom(to, size), [channels, bytes] as const);
}

/** Publishes large events until none fits, then ever smaller ones. */
export function fillUp(page: Page, channel: string): Promise<Published & { bytes: number }> {
  return page.evaluate(async (to) => {
    let published = 0;
    let bytes = 0;
    let refusal: Published['refusal'] = null;
    for (const size of [500_000, 50_000, 5_000, 500, 1])
      for (;;) {
        const result = await window.publishRandom([to], size);
        published += result.published;
        bytes += result.published * size;
        refusal = result.refusal;
        if (refusal !== null) break;
      }
    return { published, bytes, refusal };
  }, channel);
}

/** Leases `count` events for longer than a test takes. */
export function hold(page: Page, channel: string, count: number): Promise<void> {
  return page.evaluate(
    async ([from, wanted]) => {
      while (window.held.length < wanted)
        window.held.push(
          ...(await window.events.dequeueMany(from, wanted - window.held.length, {
            leaseMs: 600_000,
          })),
        );
    },
    [channel, count] as const,
  );
}

/** Settles what is held, one after the other, and counts the answers; what is extended stays held. */
export function settleHeld(
  page: Page,
  verb: 'ack' | 'nack' | 'reject' | 'extend',
  count: number,
): Promise<Readonly<Record<string, number>>> {
  return page.evaluate(
    async ([how, times]) => {
      const answers: Record<string, number> = {};
      for (const delivery of window.held.slice(0, times)) {
        const answering = how === 'extend' ? delivery.extend(600_000) : delivery[how]();
        const answer = await answering.catch((error: unknown) => String(error));
        answers[answer] = (answers[answer] ?? 0) + 1;
      }
      if (how !== 'extend') window.held.splice(0, times);
      return answers;
    },
    [verb, count] as const,
  );
}
