import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

test('listen: the rejection of a promise that is no instance of the global one is reported, too', async () => {
  const runtime = new ManualRuntime();
  const observer = recordingObserver();
  const backend = syncMemoryBackend({ runtime });
  const events = new SyncEventChannel({ backend, observer, autoDrain: false });
  events.listen('orders', () => runInNewContext('Promise.reject("too late")'));
  events.publish('orders', 1);
  events.drain();
  await runtime.settle();
  expect(observer.of('handler-error').map(({ error }) => error)).toEqual(['too late']);
});
