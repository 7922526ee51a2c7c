import type { AsyncEventBackend } from 'ackline';
import { conformanceCases, ManualRuntime } from 'ackline/testing';
import { test } from 'vitest';
import type { TestedBackend } from './backends.ts';

/** Declares one test for each case. A case with a missing requirement is skipped and names it. */
export function runConformance(backendName: string, { features, open }: TestedBackend): void {
  for (const { name, requires, run } of conformanceCases)
    test(`${backendName}: ${name}`, async (context) => {
      const missing = requires.filter((requirement) => !features.includes(requirement));
      context.skip(missing.length > 0, `${backendName} lacks ${missing.join(', ')}`);
      const runtime = new ManualRuntime();
      const openNext = open(runtime);
      const opened: AsyncEventBackend[] = [];
      const openTracked = (): AsyncEventBackend => {
        const backend = openNext();
        opened.push(backend);
        return backend;
      };
      try {
        await run({ runtime, open: openTracked });
      } finally {
        await Promise.all(opened.map((backend) => backend.shutdown()));
      }
    });
}
