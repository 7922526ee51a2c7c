import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import { createGroup } from '../../groups/group-calls.ts';
import { CHANNEL, type FullBackend, type LeasedMessage } from './arrange.ts';
import { expectEqual } from './expect.ts';

/** Groups of {@link CHANNEL}. */
export const SEARCH = 'search';
export const MAIL = 'mail';

/** The queue of a group of {@link CHANNEL}. */
export function queueOf(group: string): string {
  return `${CHANNEL}@${group}`;
}

export async function createGroups(
  backend: FullBackend,
  ...groups: readonly string[]
): Promise<void> {
  for (const group of groups)
    expectEqual(await createGroup(backend, CHANNEL, group), true, `the creation of ${group}`);
}

export async function takeOf(backend: AsyncEventBackend, group: string): Promise<LeasedMessage> {
  const message = await backend.dequeue(queueOf(group), 0);
  if (message === null) throw new Error(`expected an event of ${group}, saw none`);
  return message as LeasedMessage;
}
