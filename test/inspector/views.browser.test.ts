// Covers src/inspector/figures-view.ts, src/inspector/chart.ts, src/inspector/counts-watch.ts, src/inspector/tabs.ts, src/inspector/groups-view.ts, src/inspector/keys-view.ts, src/inspector/members-view.ts, src/inspector/status-view.ts, src/inspector/table.ts, src/inspector/reading.ts, src/inspector/inspected-source.ts
import { type AsyncEventBackend, EventChannel, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { createGroup } from 'ackline/groups';
import { indexedDbBackend } from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { afterEach, expect, test } from 'vitest';
import { bareBackend } from '../support/bare-backend.ts';
import { openInspector } from './open-inspector.ts';

afterEach(() => {
  document.body.replaceChildren();
});

const drafts = (count: number) =>
  Array.from({ length: count }, () => ({ channel: 'a', payload: 1 }));

const tabsOf = (findAll: (selector: string) => readonly HTMLElement[]) =>
  findAll('[role="tab"]').map(({ textContent }) => textContent?.replace(/[ \d]+$/, ''));

test('counts and rates are live, and the picture says the same in words', async () => {
  const { events, find, runtime, settle } = await openInspector((channel) =>
    channel.publishMany(drafts(10)),
  );
  expect(find('.figures').textContent).toContain('Ready10');
  await runtime.advance(2_000);
  await events.publishMany(drafts(40));
  for (const delivery of await events.dequeueMany('a', 10)) await delivery.ack();
  await runtime.advance(1_000);
  await settle();
  const figures = find('.figures').textContent;
  expect(figures).toContain('Ready40');
  expect(figures).toContain('Backlog change+30/s');
  expect(figures).toContain('Published here40/s');
  expect(figures).toContain('Acknowledged here10/s');
  const [backlog, rates] = [...find('.charts').querySelectorAll('svg')];
  expect(backlog?.getAttribute('aria-label')).toBe('Backlog, 2 min: at most 40');
  expect(rates?.getAttribute('aria-label')).toBe('Published ─ acknowledged ┄: at most +40/s');
});

test('groups: each queue has its counts, the slowest is marked, and its dead letters can be redriven', async () => {
  const { events, find, press, rows, select } = await openInspector(async (channel) => {
    await createGroup(channel, 'a', 'mail');
    await channel.publish('a', 1, null, { id: 'one' });
    await channel.publish('a', 2, null, { id: 'two' });
    await (await channel.dequeue('a'))?.ack();
    await (await channel.dequeue('a', { group: 'mail' }))?.reject('no address');
  });
  await select('Groups');
  const table = [...find('table').querySelectorAll('tr')].map((row) =>
    [...row.children].map(({ textContent }) => textContent).join('|'),
  );
  expect(table).toEqual([
    'Queue|Ready|Scheduled|Leased|Dead|Letters',
    'plain queueslowest|1|0|0|0|',
    'mail|1|0|0|1|Show',
  ]);
  await press('Show the dead letters of mail');
  expect(rows()).toEqual(['one|rejected|1|0 s ago|no address']);
  expect(find('.place-text').textContent).toBe('1 event of the group mail');
  await press('Redrive all…');
  expect(find('dialog').textContent).toContain('of the group mail of a');
  await press('Redrive all');
  expect(await events.stats('a', { group: 'mail' })).toMatchObject({ ready: 2, dead: 0 });
});

test('keys: a blocked key is listed and released after a question', async () => {
  const { events, find, press, select } = await openInspector(async (channel) => {
    for (const at of [1, 2])
      await channel.publish('a', at, null, { key: 'k', onDeadLetter: 'block' });
    await (await channel.dequeue('a'))?.reject();
  });
  await select('Blocked keys');
  expect(find('th[scope="row"]').textContent).toBe('k');
  await press('Release the key k…');
  expect(await events.blockedKeys('a')).toEqual(['k']);
  await press('Release the key');
  expect(await events.blockedKeys('a')).toEqual([]);
  expect(find('.panel').textContent).toBe('No key is blocked.');
});

test('members: those of broadcast, with the receipts that the page has shown', async () => {
  const events = new EventChannel<Record<string, unknown>>({
    backend: broadcastBackend({ name: crypto.randomUUID(), self: true }),
  });
  const listener = events.listen('cart', () => undefined);
  const { find, findAll, inspector, select, settle } = await openInspector();
  inspector.sources = { tabs: { events, channels: ['cart'] } };
  await settle();
  await expect.poll(() => tabsOf(findAll)).toEqual(['Dead letters', 'Groups', 'Members']);
  await select('Members');
  await expect.poll(() => find('.panel').textContent).toContain('this page');
  inspector.showConfirmation('cart', await events.publishConfirmed('cart', 1));
  await expect
    .poll(() => find('.panel').textContent, { timeout: 10_000 })
    .toContain('acknowledged');
  expect(() => inspector.showConfirmation('cart', null as never)).toThrow('publishConfirmed');
  await listener.stop();
  await events.shutdown();
});

test('status: the connection of IndexedDB, whose events are shown, too', async () => {
  const backend = indexedDbBackend({ database: crypto.randomUUID() });
  const events = new EventChannel<Record<string, unknown>>({ backend });
  await events.publish('a', { at: 1 }, null, { id: 'stored' });
  const { find, inspector, rows, settle } = await openInspector();
  inspector.events = events;
  await settle();
  expect(find('.status').textContent).toMatch(/^open · indexeddb · /);
  await expect.poll(() => rows()[0]).toMatch(/^stored\|/);
  await backend.destroy();
  await settle();
  expect(find('.status').textContent).toMatch(/^closed/);
});

test('what a backend cannot do is absent, without an error', async () => {
  const events = new EventChannel<Record<string, unknown>>({
    backend: bareBackend() as AsyncEventBackend,
  });
  const { find, findAll, inspector, rows, settle } = await openInspector();
  inspector.sources = { bare: { events, channels: ['a', 'b'] } };
  await settle();
  expect(rows('channel')).toEqual(['a', 'b']);
  expect(find('.channel').textContent).toBe('a');
  expect(findAll('[role="tab"], .figures, dl')).toEqual([]);
  expect(find('.notices').textContent).toBe('');
});

test('a synchronous channel is shown as well', async () => {
  const events = new SyncEventChannel<Record<string, unknown>>({
    backend: syncMemoryBackend({ runtime: new ManualRuntime() }),
  });
  events.publish('a', 1, null, { id: 'one' });
  const { inspector, rows, settle } = await openInspector();
  inspector.events = events;
  await settle();
  expect(rows()).toEqual(['one|0 s ago|0||']);
});

test('several sources: the visitor selects one by its name', async () => {
  const { events, find, inspector, rows, settle } = await openInspector((channel) =>
    channel.publish('a', 1),
  );
  const other = new EventChannel<Record<string, unknown>>({ backend: bareBackend() });
  inspector.sources = { first: events, second: { events: other, channels: ['b'] } };
  await settle();
  expect(rows('channel')).toEqual(['a|1|0|0']);
  const choice = find('select') as HTMLSelectElement;
  choice.value = 'second';
  choice.dispatchEvent(new Event('change'));
  await settle();
  expect(rows('channel')).toEqual(['b']);
});

test('sources: a value that is no channel is refused by its name', async () => {
  const { inspector } = await openInspector();
  for (const wrong of [null, {}, { events: 5 }])
    expect(() => {
      inspector.sources = { shop: wrong as never };
    }).toThrow('the source shop must be an event channel');
  expect(() => {
    inspector.sources = null as never;
  }).toThrow('sources must be');
  inspector.events = undefined;
  expect(inspector.events).toBe(undefined);
});
