import { type Happening, messageOf, toHappening } from '../happening.ts';
import { throttle } from '../throttle.ts';
import { Consumer } from './consumer.ts';
import { openEvents } from './open-events.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

let happenings: Happening[] = [];

function post(message: FromWorker): void {
  postMessage(message);
}

const report = throttle(() => {
  post({ type: 'report', state: consumer.state, happenings });
  happenings = [];
}, 100);

const events = openEvents((event) => {
  happenings.push(toHappening(event, 'Worker'));
  consumer.observe(event);
  report();
});

const consumer = new Consumer(events, report);

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'configure') consumer.configure(data.settings);
  else consumer[data.type](data.channel);
});

// The page receives uncaught errors of the worker, but not its unhandled rejections.
addEventListener('unhandledrejection', ({ reason }) => {
  post({ type: 'fault', message: messageOf(reason) });
});
