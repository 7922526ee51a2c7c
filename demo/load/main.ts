import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { watchStats } from 'ackline/inspection';
import { byId, formatCount, setText } from '../dom.ts';
import { Rates } from './rates.ts';

type LoadSchema = { measured: { readonly sequence: number; readonly text: string } };

const EVENTS = 100_000;
const BATCH = 2_000;
const CONCURRENCY = 500;
const TEXT = 'x'.repeat(250);

const events = new EventChannel<LoadSchema>({
  backend: indexedDbBackend({ database: 'ackline-load' }),
});
const rates = new Rates();

function fail(error: unknown): void {
  byId('fault').hidden = false;
  byId('fault').textContent = String(error);
}

async function publishAll(): Promise<void> {
  for (let from = 0; from < EVENTS; from += BATCH) {
    const drafts = Array.from({ length: BATCH }, (_, at) => ({
      channel: 'measured' as const,
      payload: { sequence: from + at, text: TEXT },
    }));
    await events.publishMany(drafts);
    rates.published(BATCH);
  }
}

const listener = events.listen('measured', () => rates.handled(), { concurrency: CONCURRENCY });
const stats = watchStats(events, 'measured');
const publish = byId('publish') as HTMLButtonElement;

publish.addEventListener('click', () => {
  publish.disabled = true;
  publishAll()
    .catch(fail)
    .finally(() => {
      publish.disabled = false;
    });
});
byId('handling').addEventListener('change', ({ target }) => {
  if ((target as HTMLInputElement).checked) listener.resume();
  else listener.pause('the visitor');
});
stats.subscribe(() => {
  const { ready = 0, scheduled = 0 } = stats.getSnapshot().stats ?? {};
  setText(byId('waiting'), formatCount(ready + scheduled));
});
addEventListener('unhandledrejection', ({ reason }) => fail(reason));
setInterval(() => {
  const { published, handled, total, points } = rates.endSecond();
  setText(byId('publish-rate'), formatCount(published));
  setText(byId('handle-rate'), formatCount(handled));
  setText(byId('handled'), formatCount(total));
  byId('line').setAttribute('points', points);
}, 1_000);
