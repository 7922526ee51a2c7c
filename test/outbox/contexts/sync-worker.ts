import { handleSync, type SyncEventLike } from 'ackline/outbox';
import { openOrders, openOutbox } from './open-outbox.ts';

// TypeScript's libraries lack the type of the events.
for (const type of ['sync', 'periodicsync'])
  addEventListener(type, (event) => {
    handleSync(event as unknown as SyncEventLike, () => {
      const events = openOrders();
      return { events, outbox: openOutbox(events, 'worker', '/orders') };
    });
  });
