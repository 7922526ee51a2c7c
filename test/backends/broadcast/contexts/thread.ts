import { parentPort, workerData } from 'node:worker_threads';
import { EventChannel } from 'ackline';
import { type BroadcastBackendOptions, broadcastBackend } from 'ackline/broadcast';

/** A thread that handles events and reports them to its parent. With `hang` it never acknowledges. */
const { hangs, ...options } = workerData as BroadcastBackendOptions & { readonly hangs?: boolean };
const events = new EventChannel({ backend: broadcastBackend(options), keepAlive: true });
events.listen('news', async (delivery) => {
  parentPort?.postMessage(delivery.payload);
  if (hangs) await new Promise(() => undefined);
  await delivery.ack(`seen ${delivery.payload}`);
});
