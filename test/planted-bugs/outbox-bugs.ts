import type { PlantedBug } from './planted-bug.ts';

const GATE = 'src/outbox/send-gate.ts';
const DISPATCHER = 'src/outbox/dispatcher.ts';
const DISPATCHER_TEST = 'test/outbox/dispatcher.test.ts';

/** Mistakes in the outbox. */
export const OUTBOX_BUGS: readonly PlantedBug[] = [
  {
    name: 'outbox: a redirect counts as sent',
    file: 'src/outbox/judge-response.ts',
    from: 'if (status >= 200 && status < 300)',
    to: 'if (status < 400)',
    test: 'test/outbox/judge-response.test.ts',
  },
  {
    name: 'outbox: an answer may come from the cache of the browser',
    file: 'src/outbox/build-request.ts',
    from: "'cache' in Request.prototype ? { cache: 'no-store' } : {}",
    to: '{}',
    test: 'test/outbox/http-sender.test.ts',
  },
  {
    name: 'outbox: an answer of a busy server makes the event a dead letter',
    file: 'src/outbox/judge-response.ts',
    from: "if (HOLDING.includes(status)) return { result: 'hold', afterMs, error };",
    to: '',
    test: 'test/outbox/judge-response.test.ts',
  },
  {
    name: 'outbox: a held event counts an attempt',
    file: DISPATCHER,
    from: 'postpone({ delayMs, countsAsAttempt: false }, outcome.error)',
    to: 'postpone({ delayMs }, outcome.error)',
    test: DISPATCHER_TEST,
  },
  {
    name: 'outbox: a forbidden event stops the others for ever',
    file: DISPATCHER,
    from: 'if (this.#unauthorized.delete(eventId)) return',
    to: 'if (false) return',
    test: DISPATCHER_TEST,
  },
  {
    name: 'outbox: an old refusal pauses it after the authorization was renewed',
    file: DISPATCHER,
    from: 'const isOld = renewalCount !== this.#renewalCount;',
    to: 'const isOld = renewalCount > this.#renewalCount;',
    test: DISPATCHER_TEST,
  },
  {
    name: 'outbox: a later answer shortens the wait that an earlier one asked for',
    file: GATE,
    from: 'Math.max(phase.until, now + (afterMs ?? 0))',
    to: 'now + (afterMs ?? 0)',
    test: 'test/outbox/send-gate.test.ts',
  },
  {
    name: 'outbox: the return of the network does not end the wait',
    file: GATE,
    from: 'this.#wait(Math.min(phase.until, this.#returnAt()), true);',
    to: '',
    test: 'test/outbox/send-gate.test.ts',
  },
];
