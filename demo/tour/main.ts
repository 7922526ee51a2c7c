import { watchStats } from 'ackline/inspection';
import { byId, setText } from '../dom.ts';
import { showFault } from '../fault.ts';
import { inspectOnClick, makeInspector } from '../inspect.ts';
import { throttle } from '../throttle.ts';
import { Journeys } from './journeys.ts';
import { openTour } from './open-tour.ts';
import { Stage } from './stage.ts';
import { TabFrame } from './tab-frame.ts';
import { TAB_NAMES, type TabReport } from './tab-messages.ts';
import { TimelineView } from './timeline-view.ts';

/**
 * The page publishes by itself, so that something moves before a visitor has done anything. Two tabs handle an order
 * each 1,250 ms: less often than this, so that a tab has an order at nearly every moment a visitor may kill it.
 */
const PUBLISH_MS = 900;
const MOST_WAITING = 3;
const DRAW_MS = 60;
const NUMBER_KEY = 'ackline-tour-number';

const stage = new Stage(byId('stage'));
const timeline = new TimelineView();
const draw = throttle(() => timeline.show(journeys.all), DRAW_MS);
const journeys = new Journeys((journey) => {
  stage.show(journey);
  draw();
});

const inspector = makeInspector();
const { events, backend } = openTour(inspector.observer);
const stats = watchStats(events, 'order.placed');
let waiting = 0;

/** The numbers go on after a reload of the page, as the events do. */
function nextNumber(): number {
  const number = Number(sessionStorage.getItem(NUMBER_KEY)) + 1;
  sessionStorage.setItem(NUMBER_KEY, String(number));
  return number;
}

async function publish(): Promise<void> {
  const number = nextNumber();
  const eventId = await events.publish('order.placed', { number });
  journeys.published(eventId, number);
}

async function startAgain(): Promise<void> {
  sessionStorage.removeItem(NUMBER_KEY);
  await backend.destroy();
  location.reload();
}

addEventListener('message', ({ data, origin }: MessageEvent<TabReport>) => {
  if (origin === location.origin && typeof data?.kind === 'string') journeys.follow(data);
});
addEventListener('unhandledrejection', ({ reason }) => showFault(reason));

for (const name of TAB_NAMES) {
  const frame = new TabFrame(name, (tab, how) => journeys.ended(tab, how));
  byId('tabs').append(frame.element);
}
byId('timeline').append(timeline.element);
inspectOnClick(byId('inspect'), byId('inspector'), { inspector, sources: { tour: events } });
byId('publish').addEventListener('click', () => void publish().catch(showFault));
byId('start-again').addEventListener('click', () => void startAgain().catch(showFault));
stats.subscribe(() => {
  const { ready = 0, scheduled = 0 } = stats.getSnapshot().stats ?? {};
  waiting = ready + scheduled;
  setText(byId('waiting'), String(waiting));
});
setInterval(() => {
  if (!document.hidden && waiting < MOST_WAITING) void publish().catch(showFault);
}, PUBLISH_MS);
// One order for each tab.
void publish().then(publish).catch(showFault);
