import {
  CHANNEL,
  countsOf,
  type FullBackend,
  openBackend,
  publishEach,
  takeNext,
} from './arrange.ts';
import type { ConformanceCase, ConformanceContext, Requirement } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

interface Operation {
  readonly verb: string;
  readonly requires: readonly Requirement[];
  readonly call: (backend: FullBackend) => Promise<unknown>;
  /** The answer of the call on an empty channel. */
  readonly whenNew: unknown;
}

const OPERATIONS: readonly Operation[] = [
  {
    verb: 'publish',
    requires: [],
    call: async (backend) => typeof (await backend.publish(CHANNEL, 1)),
    whenNew: 'string',
  },
  {
    verb: 'publishMany',
    requires: ['publishMany'],
    call: async (backend) => (await backend.publishMany([{ channel: CHANNEL, payload: 1 }])).length,
    whenNew: 1,
  },
  {
    verb: 'dequeue',
    requires: [],
    call: (backend) => backend.dequeue(CHANNEL, 0),
    whenNew: null,
  },
  {
    verb: 'dequeueMany',
    requires: ['dequeueMany'],
    call: (backend) => backend.dequeueMany(CHANNEL, 2, 0),
    whenNew: [],
  },
  { verb: 'ack', requires: [], call: (backend) => backend.ack('id', 1), whenNew: 'gone' },
  { verb: 'nack', requires: [], call: (backend) => backend.nack('id', 1), whenNew: 'gone' },
  {
    verb: 'reject',
    requires: ['reject'],
    call: (backend) => backend.reject('id', 1),
    whenNew: 'gone',
  },
  {
    verb: 'extend',
    requires: ['extend'],
    call: (backend) => backend.extend('id', 1, 1_000),
    whenNew: 'gone',
  },
  {
    verb: 'stats',
    requires: ['stats'],
    call: async (backend) => countsOf(await backend.stats(CHANNEL)),
    whenNew: { ready: 0, leased: 0, scheduled: 0, dead: 0 },
  },
  {
    verb: 'deadLetters',
    requires: ['deadLetters'],
    call: (backend) => backend.deadLetters(CHANNEL, 1),
    whenNew: [],
  },
];

async function openUsed(context: ConformanceContext): Promise<FullBackend> {
  const backend = openBackend(context);
  await publishEach(backend, 'used');
  await backend.ack((await takeNext(backend)).eventId);
  return backend;
}

const CLOSED = { name: 'AcklineError', code: 'closed' } as const;

function casesOf({ verb, requires, call, whenNew }: Operation): ConformanceCase[] {
  return [
    {
      name: `${verb}: works as the first call of a new backend`,
      requires,
      run: async (context) => expectEqual(await call(openBackend(context)), whenNew, verb),
    },
    {
      name: `${verb}: works on a backend that was used`,
      requires,
      run: async (context) => expectEqual(await call(await openUsed(context)), whenNew, verb),
    },
    {
      name: `${verb}: is refused as closed while the backend shuts down`,
      requires,
      async run(context) {
        const backend = await openUsed(context);
        const closing = backend.shutdown();
        await expectRejects(() => call(backend), CLOSED, verb);
        await closing;
      },
    },
    {
      name: `${verb}: is refused as closed after shutdown, whether the backend was used or not`,
      requires,
      async run(context) {
        for (const backend of [openBackend(context), await openUsed(context)]) {
          await backend.shutdown();
          await expectRejects(() => call(backend), CLOSED, verb);
        }
      },
    },
  ];
}

export const lifeStatesCases: readonly ConformanceCase[] = OPERATIONS.flatMap(casesOf);
