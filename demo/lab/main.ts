import { button, byId } from '../dom.ts';
import { type Happening, messageOf, toHappening } from '../happening.ts';
import { inspectOnClick, makeInspector } from '../inspect.ts';
import { throttle } from '../throttle.ts';
import { Announcer } from './announcer.ts';
import { ChannelView } from './channel-view.ts';
import { CHANNELS, type ChannelName, sampleDraft } from './channels.ts';
import { Consumer } from './consumer.ts';
import { ConsumerView } from './consumer-view.ts';
import { Counts } from './counts.ts';
import { DeadLettersView } from './dead-letters-view.ts';
import { FanOutPanel } from './fan-out-panel.ts';
import { FaultsView } from './faults-view.ts';
import { LogView } from './log-view.ts';
import { openEvents } from './open-events.ts';
import { WAYS, type Way } from './publish-ways.ts';
import { nameTab } from './tab-name.ts';
import { WaitingView } from './waiting-view.ts';
import { WorkerConsumer } from './worker-consumer.ts';

const DRAW_MS = 60;

const tabName = nameTab();
const faults = new FaultsView(byId('faults'));
const log = new LogView();
const announcer = new Announcer(byId('announcer'));

function fail(error: unknown): void {
  faults.show(messageOf(error));
}

/** Runs the visitor's action, and shows its error if it fails. */
async function run(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    fail(error);
  }
}

function note(happening: Happening): void {
  log.add(happening);
  counts.hurry();
  if (happening.isFault) faults.show(`${happening.who}: ${happening.text}`);
  // For the end-to-end test and the developer tools.
  dispatchEvent(new CustomEvent('ackline-demo', { detail: happening }));
}

const inspector = makeInspector();
const events = openEvents((event) => {
  inspector.observer(event);
  note(toHappening(event, tabName));
  consumer.observe(event);
});

const consumer = new Consumer(
  events,
  throttle(() => consumerView.show(consumer.state), DRAW_MS),
);
const worker = new WorkerConsumer({
  changed: throttle(() => showWorker(), DRAW_MS),
  happened: (happenings) => happenings.forEach(note),
  failed: (message) => faults.show(`Worker: ${message}`),
});

const consumerView = new ConsumerView(
  {
    name: 'tab',
    title: `This tab, ${tabName}`,
    explanation: 'Competes with every other tab and worker of this browser.',
  },
  consumer,
  (action) => void run(action),
);
const workerView = new ConsumerView(
  {
    name: 'worker',
    title: 'Worker',
    explanation: 'The same library on its own thread. Terminate acts like a crash.',
  },
  worker,
  (action) => void run(action),
);
const terminate = button('Terminate', 'worker-terminate', () => worker.terminate());
workerView.addAction(terminate);

function showWorker(): void {
  workerView.show(worker.state);
  terminate.disabled = !worker.isAlive;
}

// A visitor can distinguish the events of different tabs by their numbers.
let nextNumber = 1_000 + Math.floor(Math.random() * 900) * 10;

async function publish(channel: ChannelName, count: number, way: Way): Promise<void> {
  const first = nextNumber;
  nextNumber += count;
  const { options } = WAYS[way];
  const drafts = Array.from({ length: count }, (_, at) => ({
    ...sampleDraft(channel, first + at, tabName),
    options,
  }));
  await events.publishMany(drafts);
}

const deadLetters = new DeadLettersView(events, run);
const waitingView = new WaitingView(events, run);
const channelViews = new Map(
  CHANNELS.map((channel) => [
    channel,
    new ChannelView(channel, (name, count, way) => void run(() => publish(name, count, way))),
  ]),
);
const counts = new Counts(
  events,
  (channel, stats) => {
    channelViews.get(channel)?.show(stats);
    announcer.show(channel, stats);
    waitingView.show(channel, stats).catch(fail);
    return deadLetters.show(channel, stats);
  },
  fail,
);

addEventListener('error', ({ message }) => faults.show(message));
addEventListener('unhandledrejection', ({ reason }) => fail(reason));

document.title = `${tabName} · Ackline`;
byId('tab-name').textContent = tabName;
byId('open-tab').addEventListener('click', () => window.open(location.href, '_blank', 'noopener'));
byId('channels').append(...[...channelViews.values()].map((view) => view.element));
byId('consumers').append(consumerView.element, workerView.element);
byId('log').append(log.element);
byId('dead-letters').append(deadLetters.element);
byId('waiting').append(waitingView.element);
consumerView.show(consumer.state);
showWorker();
counts.start();
const lab = { events, channels: CHANNELS };
// Without a BroadcastChannel the rest of the page still works.
void run(() => {
  inspectOnClick(byId('inspect'), byId('inspector'), { inspector, sources: { lab } });
  const panel = new FanOutPanel({
    tabName,
    run,
    observe: (event) => note(toHappening(event, tabName)),
    confirmed: (confirmation) => inspector.showConfirmation('cart.changed', confirmation),
  });
  byId('fan-out').append(...panel.elements);
  inspector.sources = { lab, tabs: { events: panel.events, channels: ['cart.changed'] } };
});
