import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';

/** A {@link StartModule} with the library as applications use it. */

let events: EventChannel | undefined;

export function start(database: string): Promise<unknown> {
  events = new EventChannel({ backend: indexedDbBackend({ database }) });
  return events.publish('bench', { first: true });
}

export async function finish(): Promise<number> {
  const ready = (await events?.stats('bench'))?.ready ?? 0;
  await events?.shutdown();
  return ready;
}
