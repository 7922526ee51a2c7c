import { openOrders, openOutbox } from './open-outbox.ts';

/** A SharedWorker with an outbox, as a page has it. */
openOutbox(openOrders(), 'shared', '/orders');
