// Covers src/backends/broadcast/wire/messages.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchEngine } from '../../setup/engines.ts';
import type { ServedPages } from '../../setup/serve-pages.ts';
import type { Engine, Tab } from '../../setup/tab.ts';
import { until } from '../../support/until.ts';
import type { Arrival, PayloadKind } from './contexts/payload-kinds.ts';
import { addressOf } from './contexts/remote.ts';
import { serveMembers } from './contexts/serve-members.ts';

/** Kinds of payloads that arrive in every engine. */
const CARRIED: readonly PayloadKind[] = [
  'ArrayBuffer',
  'a view of a part',
  'Uint16Array',
  'Float64Array',
  'BigInt64Array',
  'DataView',
  'Blob',
  'File',
  'a large Blob',
  'an ArrayBuffer of half a megabyte',
  'everything in one',
];
/** Kinds of payloads that no engine can clone. */
const REFUSED: readonly PayloadKind[] = ['a function', 'an element', 'a MessagePort'];

for (const name of askedEngines())
  describe(`binary payloads in ${name}`, () => {
    let served: ServedPages;
    let engine: Engine;
    let publisher: Tab;
    let receiver: Tab;

    beforeAll(async () => {
      served = await serveMembers();
      engine = await launchEngine(name);
      publisher = await openTab('publisher');
      receiver = await openTab('receiver');
      await receiver.evaluate(() => window.receiveKinds());
      await until(async () => {
        const members = await publisher.evaluate(() => window.member.events.members('binary'));
        return members.length === 1;
      }, 'a receiver');
    });

    afterAll(async () => {
      await engine?.close();
      await served?.close();
    });

    async function openTab(called: string): Promise<Tab> {
      const tab = await engine.openTab(addressOf(served.url, called));
      await tab.waitFor(() => window.publishKind !== undefined);
      return tab;
    }

    function arrivalsOf(kind: PayloadKind): Promise<Arrival[]> {
      return receiver.evaluate(
        (wanted) => window.arrivals.filter((one) => one.kind === wanted),
        kind,
      );
    }

    /** How many events were reported to the receiver as missed. */
    async function missedCount(): Promise<number> {
      return (await receiver.evaluate(() => window.member.report())).missed;
    }

    /** Whether the payload arrived. Otherwise the receiver reported it as missed, after `before` such reports. */
    async function arrives(kind: PayloadKind, sent: string, before: number): Promise<boolean> {
      // The receiver detects the missing event by this later one.
      await publisher.evaluate(() => window.publishKind('DataView'));
      await until(
        async () => (await arrivalsOf(kind)).length > 0 || (await missedCount()) > before,
        `${kind} in the other tab, or a report that it is missed`,
      );
      const arrived = await arrivalsOf(kind);
      if (arrived.length > 0) expect(arrived[0]).toEqual({ kind, description: sent });
      else expect(await missedCount()).toBe(before + 1);
      return arrived.length > 0;
    }

    test('each kind of payload arrives whole, is refused as not-cloneable, or is reported as missed', async () => {
      const kinds = await publisher.evaluate(() => window.payloadKinds);
      const [carried, refused, missed]: PayloadKind[][] = [[], [], []];
      for (const kind of kinds) {
        // Read first, because the receiver may miss the event at once.
        const before = await missedCount();
        const outcome = await publisher.evaluate((wanted) => window.publishKind(wanted), kind);
        if (outcome === null) console.log(`${name} cannot make ${kind}`);
        else if ('refused' in outcome) {
          expect([kind, outcome.refused]).toEqual([kind, 'not-cloneable']);
          refused?.push(kind);
        } else if (await arrives(kind, outcome.sent, before)) carried?.push(kind);
        else missed?.push(kind);
      }
      console.log(`${name} carries ${carried}; refuses ${refused}; cannot be sent ${missed}`);
      expect(carried).toEqual(expect.arrayContaining([...CARRIED]));
      expect(refused).toEqual(expect.arrayContaining([...REFUSED]));
      const { faults } = await receiver.evaluate(() => window.member.report());
      expect(faults).toEqual([]);
    });
  });
