import {
  type ServedContexts,
  serveContexts,
} from '../backends/indexeddb/contexts/serve-contexts.ts';
import type { EngineName } from '../setup/engine-names.mjs';
import { launchOnProfile } from '../setup/engines.ts';
import { makeProfile, removeProfile } from '../setup/profile.ts';
import type { Engine, Tab } from '../setup/tab.ts';
import { until } from '../support/until.ts';
import { judge, type Verdict } from './promises.ts';
import { askWitness } from './witness.ts';

export interface KillCampaign {
  readonly engine: EngineName;
  /** How often the browser is killed. */
  readonly rounds: number;
  /** Called for each kill, and each time that the engine deleted all data. */
  readonly onProgress?: (line: string) => void;
}

export interface KillOutcome extends Verdict {
  /** The message of the engine after it deleted all data of the origin. */
  readonly wipes: readonly string[];
}

/** The number of reports after which the browser of a round is killed. It varies, and with it the moment. */
function enough(round: number): number {
  return 100 + ((round * 67) % 200);
}

/** Kills a whole browser while it publishes and acknowledges, again and again on the same profile. */
export async function runKillCampaign(campaign: KillCampaign): Promise<KillOutcome> {
  const { engine, rounds, onProgress } = campaign;
  const served = await serveContexts();
  const profile = makeProfile();
  const verdicts: Verdict[] = [];
  const wipes: string[] = [];
  /** Forgets all promises, because the engine deleted the data, which is no fault of the backend. */
  const lookForWipe = async (tab: Tab) => {
    const wipe = await askWitness(tab);
    if (wipe === null || served.reports.length === 0) return;
    onProgress?.(`the engine deleted all data: ${wipe}`);
    wipes.push(wipe);
    verdicts.push(judge(served.reports.splice(0), null));
  };
  try {
    for (let round = 0; round < rounds; round += 1) {
      await withTab(engine, profile, served, async (tab, browser) => {
        await lookForWipe(tab);
        await workUntilKilled(tab, browser, served, enough(round));
      });
      onProgress?.(`kill ${round + 1} of ${rounds}, after ${served.reports.length} reports`);
    }
    await withTab(engine, profile, served, async (tab) => {
      await lookForWipe(tab);
      verdicts.push(judge(served.reports, await drain(tab)));
    });
    return { ...sum(verdicts), wipes };
  } finally {
    await served.close();
    removeProfile(profile);
  }
}

/** Opens the page in a browser for the time of `use`, which may kill the browser. */
async function withTab(
  engine: EngineName,
  profile: string,
  { url }: ServedContexts,
  use: (tab: Tab, browser: Engine) => Promise<void>,
): Promise<void> {
  const browser = await launchOnProfile(engine, profile);
  try {
    const tab = await browser.openTab(`${url}/?name=main`);
    await tab.waitFor(() => window.events !== undefined);
    await use(tab, browser);
  } finally {
    await browser.close();
  }
}

async function workUntilKilled(
  tab: Tab,
  browser: Engine,
  { reports }: ServedContexts,
  reportCount: number,
): Promise<void> {
  const before = reports.length;
  let fault: Error | null = null;
  // The call never ends by itself, and fails when its browser is gone.
  const ended = work(tab).catch((error: Error) => {
    fault = error;
  });
  const hasEnough = () => {
    if (fault !== null) throw fault;
    return reports.length - before >= reportCount;
  };
  await until(hasEnough, 'enough reports', 60_000);
  await browser.kill();
  await ended;
}

function work(tab: Tab): Promise<void> {
  return tab.evaluate(async () => {
    const { events, report } = window;
    for (let index = 0; ; index += 1) {
      const publishing = events
        .publish('killed', index)
        .then((eventId) => void report({ kind: 'published', eventId }));
      const delivery = index % 3 === 0 ? await events.dequeue('killed') : null;
      if (delivery) {
        const { eventId } = delivery;
        // The ack is recorded before it may take effect, so an event that is missing later was acknowledged or lost.
        await report({ kind: 'acknowledging', eventId });
        if ((await delivery.ack()) === 'ok') void report({ kind: 'acknowledged', eventId });
      }
      await publishing;
    }
  });
}

/** Acknowledges the remaining events one by one. Leased events come after their leases have expired. */
function drain(tab: Tab): Promise<string[]> {
  return tab.evaluate(async () => {
    const { events } = window;
    const eventIds: string[] = [];
    for (;;) {
      for (const delivery of await events.dequeueMany('killed', 100)) {
        eventIds.push(delivery.eventId);
        await delivery.ack();
      }
      const { ready, leased, scheduled } = await events.stats('killed');
      if (ready + leased + scheduled === 0) return eventIds;
    }
  });
}

function sum(verdicts: readonly Verdict[]): Verdict {
  const count = (key: 'published' | 'acknowledged') =>
    verdicts.reduce((total, verdict) => total + verdict[key], 0);
  return {
    published: count('published'),
    acknowledged: count('acknowledged'),
    lost: verdicts.flatMap(({ lost }) => lost),
    redelivered: verdicts.flatMap(({ redelivered }) => redelivered),
    unreported: verdicts.flatMap(({ unreported }) => unreported),
  };
}
