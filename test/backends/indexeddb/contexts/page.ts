import type { EventChannel } from 'ackline';
import { type ContextMessage, startConsumer } from './consumer.ts';

declare global {
  interface Window {
    events: EventChannel;
    heard: ContextMessage[];
    tell(message: ContextMessage): void;
    startWorkers(): Promise<void>;
  }
}

const wire = new BroadcastChannel('contexts');
window.heard = [];
window.tell = (message) => wire.postMessage(message);
wire.addEventListener('message', ({ data }: MessageEvent<ContextMessage>) => {
  window.heard.push(data);
});
window.events = startConsumer(new URL(location.href).searchParams.get('name') ?? 'tab');
window.startWorkers = async () => {
  new Worker('/worker.js', { type: 'module' });
  new SharedWorker('/worker.js', { type: 'module' });
  await navigator.serviceWorker.register('/worker.js', { type: 'module' });
};
