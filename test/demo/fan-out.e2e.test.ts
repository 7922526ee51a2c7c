import { expect, test } from 'vitest';
import { FanOutTab } from './fan-out-tab.ts';
import { PATIENCE } from './lab-tab.ts';
import { LabTabs } from './lab-tabs.ts';

const tabs = new LabTabs(FanOutTab.open);

test('fan-out: each tab gets its copy, and the publisher a receipt from each by name', async () => {
  const [first, second, third] = [await tabs.open(), await tabs.open(), await tabs.open()];
  await first.expectMembers(second, third);
  await second.expectMembers(first, third);
  await third.expectMembers(first, second);

  await second.publishToAll();

  await second.expectOutcomes(
    [first, 'acknowledged'],
    [second, 'acknowledged'],
    [third, 'acknowledged'],
  );
  const published = (await second.demo.happenings('published')).map(({ eventId }) => eventId);
  expect(published).toHaveLength(1);
  for (const tab of tabs.opened) {
    await expect.poll(() => tab.acknowledgedIds(), PATIENCE).toEqual(published);
    await tab.expectReceivedCount(1);
  }
});

test('fan-out: receipts of a tab that refuses, of a closed tab, and of one that answers late', async () => {
  const [publisher, refusing, dying, late] = [
    await tabs.open(),
    await tabs.open(),
    await tabs.open(),
    await tabs.open(),
  ];
  await publisher.expectMembers(refusing, dying, late);
  await refusing.answer('refuse');
  await dying.answer('hang');
  // Longer than a tab may take to vanish, so only its end can end the wait.
  await publisher.waitAtMost(30_000);
  await publisher.publishToAll();

  const refused = [refusing, 'rejected'] as const;
  const others = [[publisher, 'acknowledged'], [late, 'acknowledged'], refused] as const;
  await publisher.expectOutcomes(...others, [dying, 'pending']);
  const refusal = (await publisher.receipts()).find(({ name }) => name === refusing.name);
  expect(refusal?.facts).toContain(`${refusing.name} is set to refuse`);

  await dying.expectReceivedCount(1);
  await dying.close();
  await publisher.expectOutcomes(...others, [dying, 'vanished']);
  await publisher.expectMembers(refusing, late);

  await late.answer('hang');
  // Long enough for the others on a busy machine.
  await publisher.waitAtMost(5_000);
  await publisher.publishToAll();
  await publisher.expectOutcomes([publisher, 'acknowledged'], refused, [late, 'timed out']);
  await publisher.expectMembers(refusing, late);
});

test('fan-out: a hanging tab answers when its visitor chooses another answer', async () => {
  const [publisher, hanging] = [await tabs.open(), await tabs.open()];
  await publisher.expectMembers(hanging);
  await hanging.answer('hang');
  await publisher.publishToAll();
  await publisher.expectOutcomes([publisher, 'acknowledged'], [hanging, 'pending']);
  await hanging.expectReceivedCount(1);

  await hanging.answer('acknowledge');

  await publisher.expectOutcomes([publisher, 'acknowledged'], [hanging, 'acknowledged']);
});

test('fan-out: a reload is a new member under the old name', async () => {
  const [watching, reloading] = [await tabs.open(), await tabs.open()];
  await watching.expectMembers(reloading);
  const memberId = await watching.memberIdOf(reloading);

  await reloading.demo.reload();

  await expect.poll(() => watching.memberIdOf(reloading), PATIENCE).not.toBe(memberId);
  await watching.expectMembers(reloading);
  await reloading.expectMembers(watching);
});

test('fan-out: a request is answered by another tab, if one is open', async () => {
  const asking = await tabs.open();
  await asking.expectMembers();
  await asking.expectAnswerToAsking(/^No other tab is open\.$/);

  const other = await tabs.open();
  await asking.expectMembers(other);
  await asking.expectAnswerToAsking(new RegExp(`^${other.name} replied first`));
});
