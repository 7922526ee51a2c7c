// Covers src/forward/*.ts, src/outbox/*.ts, src/backends/nats/*.ts
import { describe, expect, test } from 'vitest';
import { natsServerPath } from '../backends/nats/nats-server.ts';
import { askedEngines } from '../setup/engine-names.mjs';
import { findPostgres } from '../setup/find-postgres.mjs';
import { DeviceRun } from './devices/device-run.ts';
import { ingressTarget } from './devices/ingress-target.ts';
import { natsTarget } from './devices/nats-target.ts';

const SEED = Number(process.env['ACKLINE_SEED'] ?? 1);

const TARGETS = {
  'NATS JetStream over WebSocket': {
    open: natsTarget,
    isThere: natsServerPath !== undefined,
  },
  'PostgreSQL through the ingress': {
    open: ingressTarget,
    isThere: findPostgres() !== undefined,
  },
};

for (const engine of askedEngines()) {
  describe(`IndexedDB in ${engine}`, () => {
    for (const [name, { open, isThere }] of Object.entries(TARGETS))
      test.runIf(isThere)(
        `three tabs move their events to ${name}, through cut networks, killed servers and ended tabs: none is lost, each is stored once, and keys keep their order`,
        { timeout: 180_000 },
        async () => {
          const target = await open();
          const run = new DeviceRun(target, SEED);
          try {
            await run.start(engine);
            const result = await run.run();
            console.log(
              `seed ${SEED}: ${result.acknowledged} acknowledged publishes, ${result.stored} stored, ${result.repeated} received again; ${result.faults.join(', ')}`,
            );
            expect(result).toMatchObject({
              judged: { lost: [], doubled: [], invented: [], disordered: [] },
              deadLetters: [],
              uncaught: [],
            });
            expect(result.repeated).toBeGreaterThan(0);
          } finally {
            await run.close();
            await target.end();
          }
        },
      );
  });
}
