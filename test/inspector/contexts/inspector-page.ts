// The page of inspector.e2e.test.ts: every view of the inspector has something to show.
import { EventChannel, memoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { createGroup } from 'ackline/groups';
import { defineInspector } from 'ackline/inspector';

const HOSTILE = '<img src=x onerror="document.title = \'hacked\'">';

const violations: string[] = [];
document.addEventListener(
  'securitypolicyviolation',
  ({ violatedDirective, sourceFile, lineNumber }) => {
    violations.push(`${violatedDirective} at ${sourceFile}:${lineNumber}`);
  },
);

defineInspector();
const inspector = document.createElement('ackline-inspector');
const { observer } = inspector;
const shop = new EventChannel<Record<string, unknown>>({ backend: memoryBackend(), observer });
const tabs = new EventChannel<Record<string, unknown>>({
  backend: broadcastBackend({ name: 'inspector' }),
  observer,
});

async function fill(): Promise<void> {
  await createGroup(shop, 'order.placed', 'mail');
  for (let at = 0; at < 40; at += 1)
    await shop.publish(
      'order.placed',
      { at, hostile: HOSTILE },
      { hostile: HOSTILE },
      {
        id: `order-${String(at).padStart(2, '0')}`,
      },
    );
  const [first, second, third] = await shop.dequeueMany('order.placed', 4);
  await first?.reject(HOSTILE);
  await second?.reject('no address');
  await third?.nack({ delayMs: 3_600_000, error: new TypeError(HOSTILE) });
  await (await shop.dequeue('order.placed', { group: 'mail' }))?.reject(HOSTILE);
  for (const at of [1, 2])
    await shop.publish('saved', at, null, {
      key: HOSTILE,
      onDeadLetter: 'block',
      retentionMs: 60_000,
    });
  await (await shop.dequeue('saved'))?.reject();
  await shop.publish('saved', 3, null, { id: 'kept', retentionMs: 3_600_000 });
  await (await shop.dequeue('saved'))?.ack();
  tabs.listen('cart', () => undefined);
  inspector.showConfirmation('cart', await tabs.publishConfirmed('cart', 1));
}

await fill();
inspector.sources = { shop, tabs: { events: tabs, channels: ['cart'] } };
document.querySelector('main')?.append(inspector);
Object.assign(globalThis, { violations, deadLetters: () => shop.deadLetters('order.placed') });
