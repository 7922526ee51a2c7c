import { type Delivery, EventChannel } from 'ackline';
import { postgresBackend } from 'ackline/postgres';
import postgres from 'postgres';

/** Consumes until it is killed, and prints the id of each event that it has acknowledged. Argument: the server. */
const sql = postgres(process.argv[2] ?? '', {
  ...{ max: 2, onnotice: () => undefined, fetch_types: false },
});
const backend = postgresBackend({ sql, table: 'kills' });
const events = new EventChannel({ backend, leaseMs: 400, pollIntervalMs: 100 });
const print = async (delivery: Delivery) => {
  if ((await delivery.ack()) === 'ok') process.stdout.write(`${delivery.eventId}\n`);
};
events.listen('work', print, { concurrency: 4, autoAck: false, keepAlive: true });
