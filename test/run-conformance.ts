import type { AsyncEventBackend } from 'ackline';
import { conformanceCases, ManualRuntime, type Requirement } from 'ackline/testing';
import { test } from 'vitest';
import type { TestedBackend } from './backends.ts';

/** Declares one test for each case. A case with a missing requirement is skipped and names it. */
export function runConformance(backendName: string, { features, open }: TestedBackend): void {
  for (const { name, requires, run } of conformanceCases)
    test(`${backendName}: ${name}`, async (context) => {
      const runtime = new ManualRuntime();
      const openNext = open(runtime);
      const has = (requirement: Requirement) =>
        features.includes(requirement) && (requirement !== 'partitions' || openNext.partitions);
      const missing = requires.filter((requirement) => !has(requirement));
      context.skip(missing.length > 0, `${backendName} lacks ${missing.join(', ')}`);
      const opened: AsyncEventBackend[] = [];
      const track = (backend: AsyncEventBackend): AsyncEventBackend => {
        opened.push(backend);
        return backend;
      };
      try {
        const partitions = openNext.partitions && {
          ...openNext.partitions,
          open: (name: string) => track(openNext.partitions?.open(name) as AsyncEventBackend),
        };
        await run({ runtime, open: () => track(openNext()), partitions });
      } finally {
        await Promise.all(opened.map((backend) => backend.shutdown()));
      }
    });
}
