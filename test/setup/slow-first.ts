import type { TestProject, TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** The e2e tests that take a minute or more. */
const SLOW: readonly string[] = [
  'campaigns/chaos/chaos-campaign',
  'demo/shop',
  'forward/devices',
  'demo/built-pages',
  'inspector/inspector',
  'demo/lab',
  'backends/indexeddb/quota',
  'demo/many-tabs',
  'outbox/everywhere',
  'backends/indexeddb/contexts',
  'runners/runtimes',
];

function isSlow({ moduleId }: TestSpecification): boolean {
  return SLOW.some((name) => moduleId.endsWith(`/test/${name}.e2e.test.ts`));
}

/**
 * Where files run two at a time, one that is long and comes last runs alone. Without a record of earlier runs, as after an
 * installation, Vitest goes by the size of the files.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byProject = new Map<TestProject, TestSpecification[]>();
    for (const file of await super.sort(files)) {
      const ofProject = byProject.get(file.project) ?? [];
      byProject.set(file.project, ofProject);
      ofProject.push(file);
    }
    return [...byProject.values()].flatMap((ofProject) => [
      ...ofProject.filter(isSlow),
      ...ofProject.filter((file) => !isSlow(file)),
    ]);
  }
}
