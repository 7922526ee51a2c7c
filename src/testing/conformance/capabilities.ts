import { isAsyncEventBackend } from '../../core/protocols/protocols.ts';
import { openBackend } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectTrue } from './expect.ts';

/** The capabilities that are methods; the others are options. */
const METHODS = [
  'publishMany',
  'dequeueMany',
  'extend',
  'reject',
  'stats',
  'deadLetters',
  'observe',
  'publishConfirmed',
  'request',
  'members',
  'join',
] as const;

export const capabilitiesCases: readonly ConformanceCase[] = [
  {
    name: 'protocol: the backend has its shape and its name',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      expectTrue(isAsyncEventBackend(backend), 'isAsyncEventBackend accepts it');
      expectTrue(backend.backendName.length > 0, 'it has a name');
    },
  },
  {
    name: 'capabilities: a method is there exactly where it is declared',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      for (const method of METHODS)
        expectEqual(
          typeof backend[method] === 'function',
          backend.capabilities?.[method] === true,
          method,
        );
    },
  },
];
