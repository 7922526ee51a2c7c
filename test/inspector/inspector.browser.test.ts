// Covers src/inspector/dom.ts, src/inspector/styles.ts, src/inspector/inspector.ts, src/inspector/source-view.ts, src/inspector/channels-view.ts, src/inspector/channel-view.ts, src/inspector/events-view.ts, src/inspector/event-detail.ts, src/inspector/event-actions.ts, src/inspector/event-columns.ts, src/inspector/event-reader.ts, src/inspector/virtual-grid.ts, src/inspector/question-dialog.ts, src/inspector/ticker.ts, src/inspector/notices.ts
import { createGroup } from 'ackline/groups';
import { afterEach, describe, expect, test } from 'vitest';
import { type AnyEvents, openInspector } from './open-inspector.ts';

afterEach(() => {
  document.body.replaceChildren();
});

async function publishMany(events: AnyEvents, channel: string, count: number): Promise<void> {
  await events.publishMany(
    Array.from({ length: count }, (_, at) => ({
      channel,
      payload: { at },
      options: { id: `${channel}-${at}` },
    })),
  );
}

/** Two dead letters, `a-0` and `a-1`. */
async function withLetters(events: AnyEvents): Promise<void> {
  await publishMany(events, 'a', 2);
  for (const delivery of await events.dequeueMany('a', 2)) await delivery.reject('no address');
}

describe('channels', () => {
  test('each channel is listed with its counts, and new ones appear', async () => {
    const { events, rows, runtime, settle } = await openInspector(async (channel) => {
      await publishMany(channel, 'b', 3);
      await withLetters(channel);
      await channel.dequeue('b');
    });
    expect(rows('channel')).toEqual(['a|0|0|2', 'b|2|1|0']);
    await publishMany(events, 'c', 120_000);
    await runtime.advance(2_000);
    await settle();
    expect(rows('channel')).toEqual(['a|0|0|2', 'b|2|1|0', 'c|120K|0|0']);
  });

  test('the queues of groups are not listed as channels', async () => {
    const { rows } = await openInspector(async (channel) => {
      await createGroup(channel, 'a', 'search');
      await publishMany(channel, 'a', 1);
    });
    expect(rows('channel')).toEqual(['a|1|0|0']);
  });

  test('a channel that becomes empty while it is on view stays listed', async () => {
    const { events, rows, runtime, settle } = await openInspector((channel) =>
      publishMany(channel, 'a', 1),
    );
    await (await events.dequeue('a'))?.ack();
    await runtime.advance(3_000);
    await settle();
    expect(rows('channel')).toEqual(['a|0|0|0']);
  });
});

describe('lists', () => {
  test('ready: shows attempts, keys and the last error, and follows the changes', async () => {
    const { events, rows, runtime, settle } = await openInspector(async (channel) => {
      await channel.publish('a', 1, null, { id: 'one', key: 'k' });
      await (await channel.dequeue('a'))?.nack({ error: new TypeError('bad') });
    });
    expect(rows()).toEqual(['one|0 s ago|1|k|TypeError: bad']);
    await events.publish('a', 2, null, { id: 'two' });
    await runtime.advance(1_000);
    await settle();
    expect(rows()).toEqual(['one|1 s ago|1|k|TypeError: bad', 'two|1 s ago|0||']);
  });

  test('scheduled: shows when events come due', async () => {
    const { rows, select } = await openInspector((channel) =>
      channel.publish('a', 1, null, { id: 'late', delayMs: 90_000 }),
    );
    await select('Scheduled');
    expect(rows()).toEqual(['late|in 1 min 30 s|0||']);
  });

  test('leased: the time left runs, and is that of the newest extension', async () => {
    const { events, rows, runtime, select, settle } = await openInspector((channel) =>
      publishMany(channel, 'a', 1),
    );
    const delivery = await events.dequeue('a', { leaseMs: 20_000 });
    await runtime.advance(2_000);
    await select('Leased');
    expect(rows()).toEqual(['a-0|18 s|1|not known|']);
    await delivery?.extend(60_000);
    await runtime.advance(1_000);
    await settle();
    expect(rows()).toEqual(['a-0|59 s|1|not known|']);
    await delivery?.extend(1_000);
    await runtime.advance(4_000);
    await settle();
    expect(rows()[0]).toMatch(/^a-0\|over for [23] s/);
  });

  test('kept: acknowledged events and their replies', async () => {
    const { find, key, press, rows, select } = await openInspector(async (channel) => {
      await channel.publish('a', 1, null, { id: 'done', retentionMs: 60_000 });
      await (await channel.dequeue('a'))?.ack({ stored: true });
      await channel.publish('a', 2);
    });
    await select('Kept');
    expect(rows()).toEqual(['done|0 s ago|1|in 1 min']);
    await key('Home');
    await key('Enter');
    await press('Show payload');
    expect(find('pre[aria-label="Reply"]').textContent).toContain('"stored": true');
  });

  test('a list that was scrolled stays as it was read, until it is refreshed', async () => {
    const { events, find, press, rows, runtime, settle } = await openInspector((channel) =>
      publishMany(channel, 'a', 50),
    );
    find('.grid[aria-label^="Events"]').scrollTop = 40;
    await settle();
    for (const delivery of await events.dequeueMany('a', 2)) await delivery.ack();
    await runtime.advance(3_000);
    await settle();
    expect(rows()[0]).toContain('a-0|');
    expect(find('.place-text').textContent).toContain('as they were read');
    await press('Refresh');
    expect(rows()[0]).toContain('a-2|');
    expect(find('.place-text').textContent).toBe('48 events');
  });
});

describe('actions', () => {
  test('cancel: asks first, and only then removes the event', async () => {
    const { events, find, key, press, settle } = await openInspector((channel) =>
      publishMany(channel, 'a', 2),
    );
    await key('Home');
    await key('Enter');
    await press('Cancel…');
    expect(find('dialog').textContent).toContain('a-0 of a is removed and never delivered');
    await press('Go back');
    expect((await events.stats('a')).ready).toBe(2);
    await press('Cancel…');
    await press('Cancel the event');
    await settle();
    expect((await events.stats('a')).ready).toBe(1);
    expect(find('.notices').textContent).toContain('The event is cancelled.');
  });

  test('cancel: an event that a consumer has leased meanwhile is not touched, which is said', async () => {
    const { events, find, key, press } = await openInspector((channel) =>
      publishMany(channel, 'a', 1),
    );
    await key('Home');
    await key('Enter');
    await events.dequeue('a');
    await press('Cancel…');
    await press('Cancel the event');
    expect(find('.notices').textContent).toContain('A consumer leases the event');
    expect((await events.stats('a')).leased).toBe(1);
  });

  test('redrive and purge: one dead letter, after a question', async () => {
    const { events, key, press, rows, select } = await openInspector(withLetters);
    await select('Dead letters');
    expect(rows()).toEqual([
      'a-0|rejected|1|0 s ago|no address',
      'a-1|rejected|1|0 s ago|no address',
    ]);
    await key('Home');
    await key('Enter');
    await press('Redrive…');
    expect(await events.stats('a')).toMatchObject({ dead: 2, ready: 0 });
    await press('Redrive');
    expect(await events.stats('a')).toMatchObject({ dead: 1, ready: 1 });
    await key('Home');
    await key('Enter');
    await press('Purge…');
    await press('Purge');
    expect(await events.stats('a')).toMatchObject({ dead: 0, ready: 1 });
    expect(rows()).toEqual([]);
  });

  test('redrive all and purge all: what Escape answers changes nothing', async () => {
    const { events, find, press, select, settle } = await openInspector(withLetters);
    await select('Dead letters');
    await press('Purge all…');
    (find('dialog') as HTMLDialogElement).close();
    await settle();
    expect((await events.stats('a')).dead).toBe(2);
    await press('Redrive all…');
    await press('Redrive all');
    expect(await events.stats('a')).toMatchObject({ dead: 0, ready: 2 });
    expect(find('.notices').textContent).toContain('2 dead letters put back.');
  });

  test('an action that fails is shown as an error', async () => {
    const { events, find, press, select } = await openInspector(withLetters);
    await select('Dead letters');
    await press('Purge all…');
    await events.shutdown();
    await press('Purge all');
    expect(find('.faults').textContent).toContain('AcklineError');
  });
});

describe('payloads', () => {
  test('a hostile payload, id, key and error are text', async () => {
    const hostile = '<img src=x onerror="globalThis.isHacked = true">';
    const { find, findAll, key, press } = await openInspector(async (channel) => {
      await channel.publish('a', { hostile }, { hostile }, { id: hostile, key: hostile });
      await (await channel.dequeue('a'))?.nack({ error: new Error(hostile) });
    });
    expect(find('.detail, .grid[aria-label^="Events"]').textContent).toContain(hostile);
    await key('Home');
    await key('Enter');
    await press('Show payload');
    expect(find('pre[aria-label="Payload"]').textContent).toContain('<img src=x onerror=');
    expect(findAll('img')).toEqual([]);
    expect(globalThis).not.toHaveProperty('isHacked');
  });

  test('a payload is read when it is asked for, and said to be gone if it is', async () => {
    const { events, find, key, press } = await openInspector((channel) =>
      publishMany(channel, 'a', 3),
    );
    await key('End');
    await key('Enter');
    expect(find('.payload').textContent).toBe('Show payload');
    await press('Show payload');
    expect(find('.payload').textContent).toContain('"at": 2');
    await key('Escape', find('.detail'));
    await key('Enter');
    for (const delivery of await events.dequeueMany('a', 3)) await delivery.ack();
    await press('Show payload');
    expect(find('.payload').textContent).toContain('It is not ready any more.');
  });
});
