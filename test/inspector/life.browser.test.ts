// Covers src/inspector/inspector.ts, src/inspector/define-inspector.ts, src/inspector/ticker.ts, src/inspector/event-pages.ts, src/inspector/virtual-grid.ts
import { EventChannel, memoryBackend } from 'ackline';
import { defineInspector } from 'ackline/inspector';
import { afterEach, expect, test, vi } from 'vitest';
import { openInspector, visibleRows } from './open-inspector.ts';

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

test('an inspector that leaves the page ends its watches and timers, and goes on when it returns', async () => {
  const { events, inspector, rows, runtime, settle } = await openInspector((channel) =>
    channel.publish('a', 1, null, { id: 'one' }),
  );
  await runtime.advance(5_000);
  expect(runtime.pendingTimers).toBeGreaterThan(0);
  inspector.remove();
  await settle();
  expect(runtime.pendingTimers).toBe(0);
  await events.publish('a', 2, null, { id: 'two' });
  await runtime.advance(5_000);
  expect(inspector.shadowRoot?.childElementCount).toBe(0);
  document.body.append(inspector);
  await settle();
  expect(rows().map((row) => row.split('|')[0])).toEqual(['one', 'two']);
});

test('an inspector that leaves the page in the middle of a question answers no', async () => {
  const { events, find, inspector, key, press, runtime, settle } = await openInspector((channel) =>
    channel.publish('a', 1),
  );
  await key('Home');
  await key('Enter');
  await press('Cancel…');
  expect(find('dialog').textContent).toContain('Cancel the event?');
  inspector.remove();
  await settle();
  expect((await events.stats('a')).ready).toBe(1);
  expect(runtime.pendingTimers).toBe(0);
});

test('while the page is hidden nothing is read and no timer runs', async () => {
  const { rows, events, runtime, settle } = await openInspector((channel) =>
    channel.publish('a', 1, null, { id: 'one' }),
  );
  await runtime.advance(5_000);
  const before = runtime.pendingTimers;
  const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(runtime.pendingTimers).toBe(before - 1);
  await events.publish('a', 2, null, { id: 'two' });
  await runtime.advance(5_000);
  await settle();
  expect(rows()).toHaveLength(1);
  visibility.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  expect(rows()).toHaveLength(2);
});

test('a million events: rows and reads stay few, and both ends can be reached', async () => {
  const backend = memoryBackend({ isolation: 'none' });
  const events = new EventChannel<Record<string, unknown>>({ backend, maxEventBytes: 1_048_576 });
  for (let part = 0; part < 100; part += 1)
    await events.publishMany(
      Array.from({ length: 10_000 }, (_, at) => ({
        channel: 'a',
        payload: null,
        options: { id: String(part * 10_000 + at), dedupeWindowMs: 0 },
      })),
    );
  const { find, inspector, key, settle } = await openInspector();
  inspector.events = events;
  const root = inspector.shadowRoot as ShadowRoot;
  const first = () => Number(visibleRows(root, 'event')[0]?.firstElementChild?.textContent);
  const last = () => visibleRows(root, 'event').at(-1)?.firstElementChild?.textContent;
  await expect.poll(() => first()).toBe(0);
  const grid = find('.grid[aria-label^="Events"]');
  await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('1000001');

  const long: number[] = [];
  const watch = new PerformanceObserver((list) => {
    long.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
  });
  if (PerformanceObserver.supportedEntryTypes.includes('longtask'))
    watch.observe({ type: 'longtask' });
  let mostRows = 0;
  // A page of WebKitGTK on a busy machine takes two seconds to paint a step.
  for (let step = 0; step < 20; step += 1) {
    grid.scrollTop += 20_000;
    await settle();
    mostRows = Math.max(mostRows, visibleRows(root, 'event').length);
  }
  await expect.poll(() => first()).toBeGreaterThan(10_000);
  await key('End');
  await expect.poll(() => last(), { timeout: 30_000 }).toBe('999999');
  await key('Home');
  await expect.poll(() => first()).toBe(0);
  watch.disconnect();
  expect(mostRows).toBeLessThan(60);
  expect(root.querySelectorAll('.grid-row').length).toBeLessThan(80);
  console.info(`1,000,000 events: ${long.length} long tasks, ${long.join(', ')} ms`);
  await events.shutdown();
}, 240_000);

test('properties that were set before the definition count', async () => {
  const name = 'late-inspector';
  const events = new EventChannel<{ a: number }>({ backend: memoryBackend() });
  await events.publish('a', 1);
  const early = document.createElement(name) as HTMLElement & { events: unknown };
  early.events = events;
  document.body.append(early);
  defineInspector(name);
  defineInspector(name);
  await expect.poll(() => early.shadowRoot?.querySelector('h2')?.textContent).toBe('a');
  early.remove();
  await events.shutdown();
});

test('defineInspector: the name of another element is refused', () => {
  customElements.define('other-element', class extends HTMLElement {});
  expect(() => defineInspector('other-element')).toThrow('name must be');
  expect(() => defineInspector('noHyphen')).toThrow();
});
