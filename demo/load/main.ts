import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { watchStats } from 'ackline/inspection';
import { byId, formatCount, setText } from '../dom.ts';
import { showFault } from '../fault.ts';
import { showCode } from '../shown-code.ts';
import source from './main.ts?raw';
import { Rates } from './rates.ts';

type LoadSchema = { measured: { readonly sequence: number; readonly text: string } };

const EVENTS = 100_000;
const BATCH = 2_000;
const TEXT = 'x'.repeat(250);

const events = new EventChannel<LoadSchema>({
  backend: indexedDbBackend({ database: 'ackline-load' }),
});
const rates = new Rates();

async function publishAll(): Promise<void> {
  for (let from = 0; from < EVENTS; from += BATCH) {
    const drafts = Array.from({ length: BATCH }, (_, at) => ({
      channel: 'measured' as const,
      payload: { sequence: from + at, text: TEXT },
    }));
    // #region publish
    // One commit for 2,000 events: all of them, or none.
    await events.publishMany(drafts);
    // #endregion
    rates.published(BATCH);
  }
}

const handle = () => rates.handled();
// #region listen
// Many are claimed and acknowledged in one commit, too.
const listener = events.listen('measured', handle, { concurrency: 500 });
// #endregion
const stats = watchStats(events, 'measured');
const publish = byId('publish') as HTMLButtonElement;

publish.addEventListener('click', () => {
  publish.disabled = true;
  publishAll()
    .catch(showFault)
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
showCode(source);
addEventListener('unhandledrejection', ({ reason }) => showFault(reason));
setInterval(() => {
  const { published, handled, total, points } = rates.endSecond();
  setText(byId('publish-rate'), formatCount(published));
  setText(byId('handle-rate'), formatCount(handled));
  setText(byId('handled'), formatCount(total));
  byId('line').setAttribute('points', points);
}, 1_000);
