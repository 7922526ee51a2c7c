import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../../setup/find-chromium.mjs';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

const ROUNDS = 3;
const PUBLISHED_BEFORE_KILL = 150;

let served: ServedContexts;
let profile: string;

beforeAll(async () => {
  served = await serveContexts();
  profile = mkdtempSync(join(tmpdir(), 'ackline-killed-'));
});

afterAll(async () => {
  await served?.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
});

/** Opens the page in a browser whose whole life is `use`, and which may be killed in it. */
async function withPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  const executablePath = findChromium();
  const tabs = await chromium.launchPersistentContext(profile, {
    ...(executablePath !== undefined && { executablePath }),
    args: [...CHROMIUM_FLAGS],
  });
  try {
    const page = await tabs.newPage();
    await page.goto(`${served.url}/?name=main`);
    await page.waitForFunction(() => window.events !== undefined);
    return await use(page);
  } finally {
    // After a kill there is nothing left to close.
    await tabs.close().catch(() => undefined);
  }
}

/** The browser process of our profile: the one that was not started as anybody's child of a type. */
function browserPid(): number {
  const found = readdirSync('/proc').filter((entry) => {
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      return command.includes(`--user-data-dir=${profile}`) && !command.includes('--type=');
    } catch {
      // No process, or one that has ended meanwhile.
      return false;
    }
  });
  expect(found).toHaveLength(1);
  return Number(found[0]);
}

/** Publishes and acknowledges until the browser is killed; tells what had been promised by then. */
async function publishUntilKilled(page: Page, round: number) {
  const published: string[] = [];
  const acknowledged: string[] = [];
  let enough: () => void;
  const isEnough = new Promise<void>((resolve) => {
    enough = resolve;
  });
  await page.exposeFunction('promised', (kind: string, eventId: string) => {
    (kind === 'ack' ? acknowledged : published).push(eventId);
    if (published.length >= PUBLISHED_BEFORE_KILL) enough();
  });
  const working = page.evaluate(async (base) => {
    const promised = Reflect.get(window, 'promised') as (kind: string, id: string) => void;
    const { events } = window;
    for (let index = 0; ; index += 1) {
      const publishing = events
        .publish('killed', base + index)
        .then((id) => promised('publish', id));
      const delivery = index % 3 === 0 ? await events.dequeue('killed') : null;
      if ((await delivery?.ack()) === 'ok') promised('ack', String(delivery?.eventId));
      await publishing;
    }
  }, round * 1_000_000);
  // It never ends by itself, and fails when its browser is gone.
  const ended = working.catch(() => undefined);
  await isEnough;
  process.kill(browserPid(), 'SIGKILL');
  await ended;
  return { published, acknowledged };
}

test('a browser that is killed loses no acknowledged publish, and redelivers nothing acknowledged', async ({
  skip,
}) => {
  skip(process.platform !== 'linux', 'finds the browser to kill in /proc');
  const published = new Set<string>();
  const acknowledged = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const promised = await withPage((page) => publishUntilKilled(page, round));
    for (const eventId of promised.published) published.add(eventId);
    for (const eventId of promised.acknowledged) acknowledged.add(eventId);
  }
  const left = await withPage((page) =>
    page.evaluate(async () => {
      const { events } = window;
      const ids: string[] = [];
      // What was leased when the browser died comes back once its lease has expired.
      for (;;) {
        const deliveries = await events.dequeueMany('killed', 100, { pollIntervalMs: 3_000 });
        if (deliveries.length === 0) return ids;
        for (const delivery of deliveries) {
          ids.push(delivery.eventId);
          await delivery.ack();
        }
      }
    }),
  );
  expect(published.size).toBeGreaterThanOrEqual(ROUNDS * PUBLISHED_BEFORE_KILL);
  expect(acknowledged.size).toBeGreaterThan(0);
  expect(left.filter((eventId) => acknowledged.has(eventId))).toEqual([]);
  const kept = new Set([...left, ...acknowledged]);
  expect([...published].filter((eventId) => !kept.has(eventId))).toEqual([]);
});
