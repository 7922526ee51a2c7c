import { expect, test } from 'vitest';
import { LabTab, PATIENCE } from './lab-tab.ts';
import { LabTabs } from './lab-tabs.ts';

const tabs = new LabTabs(LabTab.open);

test('demo: one tab publishes, and the other leases the event and acknowledges it', async () => {
  const [publisher, consumer] = [await tabs.open(), await tabs.open()];
  await consumer.setHandlers('tab', { paceMs: 8_000 });
  await consumer.press('tab', 'order.placed');
  await publisher.publishOne('order.placed');

  await consumer.delivery('tab', 1).waitFor();
  await publisher.expectCounts('order.placed', { leased: 1 });
  await publisher.expectCounts('order.placed', {});

  const [published] = await publisher.happenings('published');
  await consumer.expectHappenings('ack', [{ eventId: published?.eventId ?? '' }]);
  await consumer.expectAcknowledgedCount('tab', 1);
  expect(await publisher.happenings('claimed')).toEqual([]);
});

test('demo: an event whose tab is closed while its handler runs is delivered again in another tab', async () => {
  const [survivor, victim] = [await tabs.open(), await tabs.open()];
  await victim.setHandlers('tab', { outcome: 'hang' });
  await victim.press('tab', 'mail.send');
  await survivor.publishOne('mail.send');
  await victim.delivery('tab', 1).waitFor();

  await survivor.press('tab', 'mail.send');
  await victim.close();

  await survivor.expectHappenings('published', [{}]);
  const [published] = await survivor.happenings('published');
  const eventId = published?.eventId ?? '';
  await survivor.expectHappenings('claimed', [{ eventId, attempts: 2 }]);
  await survivor.expectHappenings('ack', [{ eventId }]);
  await survivor.expectCounts('mail.send', {});
});

test('demo: the worker handles events that are published while no tab listens', async () => {
  const [host, publisher] = [await tabs.open(), await tabs.open()];
  await host.setHandlers('worker', { paceMs: 0 });
  await host.press('worker', 'photo.resize');
  for (let count = 0; count < 3; count += 1) await publisher.publishOne('photo.resize');

  await host.expectAcknowledgedCount('worker', 3);
  await publisher.expectCounts('photo.resize', {});
  await publisher.expectHappenings('published', [{}, {}, {}]);
  const published = await publisher.happenings('published');
  const acks = await host.happenings('ack');
  expect(acks.map(({ who }) => who)).toEqual(['Worker', 'Worker', 'Worker']);
  expect(acks.map(({ eventId }) => eventId)).toEqual(published.map(({ eventId }) => eventId));
});

test('demo: an event whose worker is terminated while its handler runs is delivered again in its tab', async () => {
  const tab = await tabs.open();
  await tab.setHandlers('worker', { outcome: 'hang' });
  // Long enough to be seen.
  await tab.setHandlers('tab', { paceMs: 8_000 });
  await tab.press('worker', 'order.placed');
  await tab.publishOne('order.placed');
  await tab.delivery('worker', 1).waitFor();

  await tab.page.getByTestId('worker-terminate').click();
  await tab.press('tab', 'order.placed');

  await tab.delivery('tab', 2).waitFor();
  await tab.expectAcknowledgedCount('tab', 1);
});

test('demo: a released event is delivered to another tab at once', async () => {
  const [giver, taker] = [await tabs.open(), await tabs.open()];
  // First, because `maxHoldMs` of the other tab runs from the delivery on.
  await taker.setHandlers('tab', { paceMs: 0 });
  await giver.setHandlers('tab', { outcome: 'hang' });
  await giver.press('tab', 'order.placed');
  await giver.publishOne('order.placed');
  await giver.delivery('tab', 1).waitFor();
  await taker.press('tab', 'order.placed');

  await giver.press('tab', 'order.placed');
  await giver.showsStatus('tab', 'order.placed', 'stopping');
  await giver.press('tab', 'order.placed');

  await taker.expectAcknowledgedCount('tab', 1);
  expect(await taker.happenings('claimed')).toMatchObject([{ attempts: 2 }]);
  // The page may learn of it after the other tab has the event.
  await giver.expectHappenings('nack', [{}]);
});

test('demo: two tabs and a worker acknowledge a thousand events, each exactly once', async () => {
  const consumers = [await tabs.open(), await tabs.open()] as const;
  const [first, second] = consumers;
  const fast = { paceMs: 0, concurrency: 25 };
  for (const tab of consumers) {
    await tab.setHandlers('tab', fast);
    await tab.press('tab', 'order.placed');
  }
  await second.setHandlers('worker', fast);
  await second.press('worker', 'order.placed');
  await first.publishThousand('order.placed');

  const acknowledged = async () => [
    ...(await first.happenings('ack')),
    ...(await second.happenings('ack')),
  ];
  await expect.poll(async () => (await acknowledged()).length, PATIENCE).toBe(1_000);
  await first.expectCounts('order.placed', {});

  const published = (await first.happenings('published')).map(({ eventId }) => eventId).sort();
  expect(new Set(published).size).toBe(1_000);
  expect((await acknowledged()).map(({ eventId }) => eventId).sort()).toEqual(published);
  const claims = [...(await first.happenings('claimed')), ...(await second.happenings('claimed'))];
  expect(claims.map(({ eventId }) => eventId).sort()).toEqual(published);
});

test('demo: no event is lost by a reload, or by closing every tab', async () => {
  const tab = await tabs.open();
  await tab.setHandlers('tab', { outcome: 'reject', paceMs: 0 });
  await tab.press('tab', 'photo.resize');
  for (let count = 0; count < 2; count += 1) await tab.publishOne('photo.resize');
  for (let count = 0; count < 5; count += 1) await tab.publishOne('mail.send');
  await tab.expectCounts('photo.resize', { dead: 2 });
  await tab.expectCounts('mail.send', { ready: 5 });
  const published = (await tab.happenings('published')).map(({ eventId }) => eventId);

  await tab.reload();
  await tab.expectCounts('photo.resize', { dead: 2 });
  await tab.expectCounts('mail.send', { ready: 5 });
  await tab.close();

  const later = await tabs.open();
  await later.expectCounts('photo.resize', { dead: 2 });
  await later.expectCounts('mail.send', { ready: 5 });
  await expect.poll(() => later.deadLetters.count(), PATIENCE).toBe(2);
  await later.setHandlers('tab', { paceMs: 0 });
  await later.press('tab', 'mail.send');
  await later.expectCounts('mail.send', {});
  await later.expectHappenings(
    'ack',
    published.slice(2).map((eventId) => ({ eventId })),
  );
});

test('demo: a failing handler is tried again after a back-off, then its event is a dead letter', async () => {
  const tab = await tabs.open();
  await tab.setHandlers('tab', { outcome: 'fail', paceMs: 0 });
  await tab.press('tab', 'mail.send');
  await tab.publishOne('mail.send');

  await tab.expectCounts('mail.send', { dead: 1 });
  const claims = await tab.happenings('claimed');
  expect(claims.map(({ attempts }) => attempts)).toEqual([1, 2, 3]);
  expect(await tab.happenings('retry-scheduled')).toHaveLength(2);
  await tab.expectHappenings('dead-lettered', [{}]);
  await tab.deadLetters.waitFor();
  expect(await tab.deadLetters.textContent()).toContain('this handler is set to fail');
});

test('demo: the button opens a second tab with another name', async () => {
  const tab = await tabs.open();
  const opening = tabs.context.waitForEvent('page');
  await tab.page.getByTestId('open-tab').click();
  const second = await opening;
  await second.getByTestId('tab-all').waitFor();
  const ownName = await tab.page.getByTestId('tab-name').textContent();
  expect(await second.getByTestId('tab-name').textContent()).not.toBe(ownName);

  await tab.reload();
  expect(await tab.page.getByTestId('tab-name').textContent()).toBe(ownName);
});

test('demo: fits a phone without scrolling sideways', async () => {
  const tab = await tabs.open();
  await tab.page.setViewportSize({ width: 390, height: 844 });
  const overflow = await tab.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
});

test('demo: a visitor cancels an event that waits for its time, and puts a dead letter back', async () => {
  const tab = await tabs.open();
  await tab.page.getByTestId('way-mail.send').selectOption('delayed');
  await tab.publishOne('mail.send');
  const waiting = tab.page.getByTestId('waiting-event');
  await waiting.getByRole('button', { name: 'Cancel' }).click();
  await tab.expectCounts('mail.send', {});

  await tab.setHandlers('tab', { outcome: 'reject', paceMs: 0 });
  await tab.press('tab', 'order.placed');
  await tab.publishOne('order.placed');
  await tab.expectCounts('order.placed', { dead: 1 });
  await tab.press('tab', 'order.placed');
  await tab.showsStatus('tab', 'order.placed', 'stopped');
  await tab.page.getByTestId('redrive').click();
  await tab.expectCounts('order.placed', { ready: 1 });
});
