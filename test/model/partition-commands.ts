import fc from 'fast-check';
import { expectEqual, expectRejects } from '../../src/testing/conformance/expect.ts';
import { type Backend, channel, command, type Place, partitionOf } from './place.ts';

/** Partitions of a storage, and groups that belong to one context. */

const CLOSED = { name: 'AcklineError', code: 'closed' } as const;

/** What a context of a purged partition refuses. */
const CALLS: readonly ((backend: Backend, channel: string) => Promise<unknown>)[] = [
  (backend, channel) => backend.publish(channel, 0),
  (backend, channel) => backend.dequeue(channel, 0),
  (backend, channel) => backend.stats(channel),
  (backend) => backend.ack('none', 1),
];

async function namesOf({ world }: Place): Promise<void> {
  const used = [...world.places.keys()].filter((index) => index > 0).map(partitionOf);
  const names = (await world.partitions?.names()) ?? [];
  const unknown = names.filter((name) => !used.includes(name));
  expectEqual(unknown, [], 'partitions that there should not be');
}

/** Removes a partition: its contexts end, and a later one of its name is empty. */
const purgeCommand = command(
  'purgePartition',
  ['partitions'],
  fc.record({ channel, call: fc.nat(CALLS.length - 1) }),
  async ({ channel, call }, at) => {
    const { world, index } = at;
    if (index === 0) return;
    await world.partitions?.purge(partitionOf(index));
    world.places.delete(index);
    for (const { full } of at.contexts)
      await expectRejects(async () => CALLS[call]?.(full, channel), CLOSED, 'a call after a purge');
    await namesOf(at);
  },
);

/** A group of one context gets its own copies from now on. */
const joinCommand = command(
  'joinGroup',
  ['localGroups'],
  fc.record({ channel, group: fc.constantFrom('g', 'h') }),
  async ({ channel, group }, at) => {
    const queue = `${channel}@${group}`;
    at.backend(0).join(queue);
    at.model.createGroup(queue, true);
  },
);

export const partitionCommands = [purgeCommand, joinCommand];
