import { expect, test } from 'vitest';
import { noteDataDeleted, sharedWithNewer } from '../../src/platform/outdated-locks.ts';
import { mortalLocks } from '../support/mortal-locks.ts';

test('locks are shared with newer contexts until the data of their site was deleted', () => {
  const [locks, others] = [mortalLocks(), mortalLocks()];
  expect([sharedWithNewer(undefined), sharedWithNewer(locks)]).toEqual([undefined, locks]);
  noteDataDeleted(locks);
  expect([sharedWithNewer(locks), sharedWithNewer(others)]).toEqual([undefined, others]);
});
