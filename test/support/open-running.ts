import type { ChannelSettings, Delivery } from '../../src/index.ts';
import type { Fault } from '../../src/testing/faulty-store.ts';
import { deferred } from './deferred.ts';
import { openChannel } from './open-channel.ts';

/** Opens a channel whose handler runs until the test ends it. */
export async function openRunning(settings: ChannelSettings = {}, faults: readonly Fault[] = []) {
  const opened = openChannel({ pollIntervalMs: 3_600_000, ...settings }, faults);
  const handler = deferred();
  const deliveries: Delivery[] = [];
  opened.events.listen('orders', (delivery) => {
    deliveries.push(delivery);
    return handler.promise;
  });
  await opened.events.publish('orders', 1);
  await opened.runtime.settle();
  return { ...opened, handler, deliveries };
}
