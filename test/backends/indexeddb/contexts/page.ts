import { type Delivery, type EventChannel, QuotaError } from 'ackline';
import { createGroup, deleteGroup } from 'ackline/groups';
import { registerForLong } from '../../../setup/register-for-long.ts';
import { obeyRemote } from '../../../setup/remote-page.ts';
import { type ContextMessage, startConsumer } from './consumer.ts';
import type { Published } from './use-quota.ts';
import { openWire } from './wire.ts';

/** What a page was promised, and what it is about to acknowledge, for a test that will kill it. */
export interface PageReport {
  readonly kind: 'published' | 'acknowledging' | 'acknowledged';
  readonly eventId: string;
}

declare global {
  interface Window {
    events: EventChannel;
    destroyDatabase(): Promise<void>;
    createGroup(channel: string, group: string): Promise<boolean>;
    deleteGroup(channel: string, group: string): Promise<boolean>;
    messages: ContextMessage[];
    send(message: ContextMessage): void;
    held: Delivery[];
    publishRandom(channels: readonly string[], bytes: number): Promise<Published>;
    startWorkers(): Promise<void>;
    startWorker(name: string): void;
    terminateWorker(name: string): void;
    /** Resolves when it has arrived where no kill can take it. */
    report(report: PageReport): Promise<unknown>;
  }
}

window.messages = [];
const { name = 'tab', settings, options } = Object.fromEntries(new URL(location.href).searchParams);
const consumer = startConsumer(
  name,
  settings && JSON.parse(settings),
  options && JSON.parse(options),
);
window.events = consumer.events;
window.destroyDatabase = () => consumer.backend.destroy();
window.createGroup = (channel, group) => createGroup(consumer.backend, channel, group);
window.deleteGroup = (channel, group) => deleteGroup(consumer.backend, channel, group);
window.send = openWire((message) => {
  window.messages.push(message);
  if (message.type !== 'leave' || message.context !== name) return;
  sessionStorage.setItem('left', name);
  location.assign('/away');
});
// Restored as it was, or loaded anew: that is the browser's choice.
addEventListener('pageshow', ({ persisted: isKept }) => {
  if (sessionStorage.getItem('left') === name)
    window.send({ type: 'returned', context: name, isKept });
});
window.held = [];
window.publishRandom = async (channels, bytes) => {
  const batch = channels.map((channel) => ({ channel, payload: randomBytes(bytes) }));
  try {
    const { length } = await window.events.publishMany(batch);
    return { published: length, refusal: null };
  } catch (error) {
    const { name, code, cause } = error as QuotaError;
    const isQuotaError = error instanceof QuotaError;
    return { published: 0, refusal: { name, code, isQuotaError, cause: (cause as Error).name } };
  }
};

function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  // More at once is refused.
  for (let from = 0; from < count; from += 65_536)
    crypto.getRandomValues(bytes.subarray(from, from + 65_536));
  return bytes;
}

const dedicatedWorkers = new Map<string, Worker>();
window.startWorker = (name) => {
  dedicatedWorkers.set(name, new Worker('/worker.js', { type: 'module', name }));
};
window.terminateWorker = (name) => dedicatedWorkers.get(name)?.terminate();
window.startWorkers = async () => {
  window.startWorker('');
  new SharedWorker('/worker.js', { type: 'module' });
  await registerForLong('/worker.js');
};

obeyRemote();

const unsent: PageReport[] = [];
let sent: Promise<unknown> = Promise.resolve();
window.report = (report) => {
  unsent.push(report);
  // One request at a time takes all there is: what is reported must not queue behind other reports.
  sent = sent.then(async () => {
    if (unsent.length === 0) return;
    await fetch('/reports', { method: 'POST', body: JSON.stringify(unsent.splice(0)) });
  });
  return sent;
};
