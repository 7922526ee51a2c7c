// Covers src/backends/broadcast/wire/message-wire.ts
import { expect, test, vi } from 'vitest';
import { stubPage } from '../../indexeddb/frozen-page.ts';
import { newName, openOn } from '../open-on.ts';

/** When the wire opens: an open BroadcastChannel without `unref`, as Deno's, keeps its process alive. */

const { freeze, resume } = stubPage();

/** Counts the channels that are opened and closed. */
function countWires() {
  const counts = { opened: 0, closed: 0 };
  class Counting extends BroadcastChannel {
    constructor(name: string) {
      super(name);
      counts.opened += 1;
    }
    override close() {
      counts.closed += 1;
      super.close();
    }
  }
  vi.stubGlobal('BroadcastChannel', Counting);
  return counts;
}

type Context = ReturnType<typeof openOn>;

test('a backend that was merely made opens no wire, and shutdown opens none', async () => {
  const counts = countWires();
  const { events } = openOn(newName());
  freeze();
  resume();
  await events.shutdown();
  expect(counts).toEqual({ opened: 0, closed: 0 });
});

test.each<[string, (context: Context) => unknown]>([
  ['join', ({ backend }) => backend.join('news')],
  ['publish', ({ backend }) => backend.publish('news', 1)],
  ['publishConfirmed', ({ backend }) => backend.publishConfirmed({ channel: 'news', payload: 1 })],
  ['members', ({ backend }) => backend.members('news')],
  ['watchMembers', ({ backend }) => backend.watchMembers('news', () => undefined)],
  ['dequeue', ({ backend }) => backend.dequeue('news', 0)],
])('%s opens the wire once, and shutdown closes it', async (_, use) => {
  const counts = countWires();
  const context = openOn(newName());
  await use(context);
  await use(context);
  expect(counts).toEqual({ opened: 1, closed: 0 });
  await context.events.shutdown();
  expect(counts).toEqual({ opened: 1, closed: 1 });
});

test('a first publish of a frozen page waits, and opens the wire when the page goes on', async () => {
  const counts = countWires();
  const { backend } = openOn(newName());
  freeze();
  const published = backend.publish('news', 1);
  expect(counts.opened).toBe(0);
  resume();
  await published;
  expect(counts.opened).toBe(1);
});
