// Covers src/backends/broadcast/broadcast-backend.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchEngine } from '../../setup/engines.ts';
import type { ServedPages } from '../../setup/serve-pages.ts';
import type { Engine, Tab } from '../../setup/tab.ts';
import type { WorkerKind } from './contexts/page.ts';
import { addressOf, countingTo, RemoteMember, reportsOf } from './contexts/remote.ts';
import { serveMembers } from './contexts/serve-members.ts';

const WORKERS: Readonly<Record<WorkerKind, string>> = {
  dedicated: 'DedicatedWorkerGlobalScope',
  shared: 'SharedWorkerGlobalScope',
  service: 'ServiceWorkerGlobalScope',
};
const KINDS = { tab: 'Window', ...WORKERS };
const PATIENCE = { timeout: 20_000 } as const;

for (const name of askedEngines())
  describe(`members of one origin in ${name}`, () => {
    let served: ServedPages;
    let engine: Engine;
    /** Sends requests, and is no member. */
    let main: RemoteMember;
    const members: RemoteMember[] = [];

    beforeAll(async () => {
      served = await serveMembers();
      engine = await launchEngine(name);
      const tab = await openTab('main');
      main = new RemoteMember('main', tab);
      members.push(new RemoteMember('tab', await openTab('tab')));
      for (const kind of Object.keys(WORKERS) as WorkerKind[])
        members.push(await RemoteMember.startWorker(tab, kind, kind));
    });

    afterAll(async () => {
      await engine?.close();
      await served?.close();
    });

    async function openTab(called: string): Promise<Tab> {
      const tab = await engine.openTab(addressOf(served.url, called));
      await tab.waitFor(() => window.callMember !== undefined);
      return tab;
    }

    for (const [kind, global] of Object.entries(KINDS))
      test(`a ${kind} becomes a member, replies to a request, and leaves`, async () => {
        const member = members.find((one) => one.name === kind) as RemoteMember;
        await member.call('listen');
        await main.call('untilMembers', 1);
        expect(await main.call('ask')).toEqual({ name: kind, kind: global });
        await member.call('stopListening');
        await main.call('untilMembers', 0);
      });

    test('all kinds of contexts get each event once and in order, and acknowledge it', async () => {
      for (const member of members) await member.call('listen');
      await main.call('untilMembers', members.length);
      const before = (await main.call('report')).published;
      const terms = { count: 500, burst: 20, confirmEvery: 1 };
      const confirmed = await main.call('publish', terms);
      expect(confirmed.every(({ isConfirmed }) => isConfirmed)).toBe(true);
      const reports = await reportsOf(members);
      const outcomes = reports.map(({ memberId }) => [memberId, 'acknowledged']);
      expect(confirmed[0]?.outcomes).toEqual(Object.fromEntries(outcomes));
      const numbers = countingTo(500).map((number) => number + before);
      for (const { received, faults, observed } of reports) {
        expect(received['main']?.filter((number) => number > before)).toEqual(numbers);
        expect({ faults, observed }).toEqual({ faults: [], observed: {} });
      }
      for (const member of members) await member.call('stopListening');
      await main.call('untilMembers', 0);
    });

    test('when a tab is closed while it holds an event, the publisher gets the outcome vanished', async () => {
      const tab = await openTab('closed');
      const member = new RemoteMember('closed', tab);
      await member.call('listen');
      await main.call('untilMembers', 1);
      await member.call('hold');
      const receipts = main.call('timeReceipts');
      await member.call('untilHeld');
      await tab.close();
      expect(await receipts).toMatchObject([{ outcome: 'vanished' }]);
      await expect.poll(() => main.call('memberIds'), PATIENCE).toEqual([]);
    });
  });
