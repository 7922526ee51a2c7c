import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';

/** A service worker that makes its backends on command, long after its script has run. */
addEventListener('message', ({ source }) => {
  void makeBackends().then(() => source?.postMessage('made'));
});

async function makeBackends(): Promise<void> {
  const stored = new EventChannel({ backend: indexedDbBackend({ database: 'late' }) });
  const late = new EventChannel({ backend: broadcastBackend({ name: 'late' }) });
  await stored.publish('orders', 1);
  await late.publish('news', 1);
  // The kind of listener that browsers warn of: what this test would see.
  addEventListener('languagechange', () => undefined);
}
