// Covers src/core/events/receipts.ts
import {
  EventChannel,
  type FinalResult,
  memoryBackend,
  type Receipt,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { type BroadcastBackend, broadcastBackend } from 'ackline/broadcast';
import { expectTypeOf, test } from 'vitest';

interface Questions {
  'token.wanted': { readonly scope: string };
  'signed.out': null;
}

interface Replies {
  'token.wanted': string;
}

const backend = broadcastBackend({ name: 'types' });
const events = new EventChannel<Questions, Replies>({ backend });

test('request: resolves with the reply of its channel', () => {
  const token = events.request('token.wanted', { scope: 'read' });
  expectTypeOf(token).resolves.toEqualTypeOf<string>();
  // @ts-expect-error -- the payload lacks its scope
  void events.request('token.wanted', {});
  // @ts-expect-error -- no such channel
  void events.request('tokens', { scope: 'read' });
  expectTypeOf(events.request('signed.out', null)).resolves.toEqualTypeOf<unknown>();
});

test('ack: takes the reply of its channel, and any on a synchronous one', () => {
  events.listen('token.wanted', (delivery) => delivery.ack('secret'));
  // @ts-expect-error -- the reply is a string
  events.listen('token.wanted', (delivery) => delivery.ack(42));
  const sync = new SyncEventChannel<Questions>({ backend: syncMemoryBackend() });
  sync.listen('signed.out', (delivery) => delivery.ack('reply'));
});

test('publishConfirmed: its receipts carry the replies', () => {
  const confirmed = events.publishConfirmed('token.wanted', { scope: 'read' }, null, {
    confirm: 'all',
    onReceipt: (receipt) => expectTypeOf(receipt).toEqualTypeOf<Receipt<string>>(),
  });
  expectTypeOf(confirmed).resolves.toHaveProperty('receipts');
  // @ts-expect-error -- not a number of members
  void events.publishConfirmed('signed.out', null, null, { confirm: 'most' });
  // @ts-expect-error -- a batch has no receipts
  void events.publishMany([{ channel: 'signed.out', payload: null, options: { confirm: 1 } }]);
});

test('a channel without types takes any reply', () => {
  const loose = new EventChannel({ backend: memoryBackend() });
  loose.listen('anything', (delivery) => delivery.ack({ any: 'thing' }));
  expectTypeOf(loose.request('anything', 1)).resolves.toEqualTypeOf<unknown>();
});

test('broadcastBackend: has the verbs of fan-out', () => {
  expectTypeOf(backend).toEqualTypeOf<BroadcastBackend>();
  expectTypeOf(backend.memberId).toEqualTypeOf<string>();
  // @ts-expect-error -- the name is required
  broadcastBackend({});
});

test('after: the result in a delivery has the reply of the channel', () => {
  events.listen('token.wanted', ({ after }) => {
    expectTypeOf(after).toEqualTypeOf<FinalResult<string> | undefined>();
    if (after?.state === 'acknowledged')
      expectTypeOf(after.reply).toEqualTypeOf<string | undefined>();
    // @ts-expect-error -- only an acknowledged event has a reply
    void after?.reply;
  });
  void events.publish('signed.out', null, null, { after: 'id', onDeadLetter: 'block' });
  // @ts-expect-error -- one id
  void events.publish('signed.out', null, null, { after: ['id'] });
});
