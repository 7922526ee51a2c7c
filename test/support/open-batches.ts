import type { BatchHandler } from '../../src/flow/batch-results.ts';
import { inBatches } from '../../src/flow/in-batches.ts';
import type { ChannelSettings, Delivery } from '../../src/index.ts';
import { type Deferred, deferred } from './deferred.ts';
import { openChannel } from './open-channel.ts';

/** So long that a listener claims again within a test only if it is woken. */
const SETTINGS = { pollIntervalMs: 3_600_000 };

type Deliveries = readonly Delivery[];

export const payloadsOf = (batch: Deliveries) => batch.map(({ payload }) => payload);

/** A channel whose batches run until the test ends them. */
export function openBatches(size: number, maxWaitMs: number, settings: ChannelSettings = {}) {
  const opened = openChannel({ ...SETTINGS, backoffBaseMs: 0, ...settings });
  const batches: Deliveries[] = [];
  const running: Deferred<ReturnType<BatchHandler>>[] = [];
  const handler: BatchHandler = (deliveries) => {
    batches.push(deliveries);
    const end = deferred<ReturnType<BatchHandler>>();
    running.push(end);
    return end.promise as Promise<undefined>;
  };
  const listen = () => opened.events.listen('mail', inBatches(handler, { size, maxWaitMs }));
  const publish = async (...payloads: number[]) => {
    const eventIds: string[] = [];
    for (const payload of payloads) eventIds.push(await opened.events.publish('mail', payload));
    return eventIds;
  };
  const seen = () => batches.map(payloadsOf);
  const end = async (index: number, results?: ReturnType<BatchHandler>) => {
    running[index]?.resolve(results);
    await opened.runtime.settle();
  };
  return { ...opened, batches, running, listen, publish, seen, end };
}
