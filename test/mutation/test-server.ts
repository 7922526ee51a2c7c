// A process that runs test files again and again in one Vitest, so that none of them waits for the start of Vitest.
import { join } from 'node:path';
import { createVitest } from 'vitest/node';

/** What the parent process sends: the source files that have changed since the last request, and the test files to run. */
export interface TestRequest {
  readonly changed: readonly string[];
  readonly files: readonly string[];
}

/** `failed`: the first test that failed, or the first error outside of a test. Absent where all passed. */
export interface TestAnswer {
  readonly failed?: string;
}

const folder = process.cwd();
const vitest = await createVitest('test', {
  root: folder,
  config: join(folder, 'vite.config.ts'),
  project: ['node'],
  watch: false,
  bail: 1,
  maxWorkers: 1,
  reporters: [{}],
});
const project = vitest.getProjectByName('node');

async function run({ changed, files }: TestRequest): Promise<TestAnswer> {
  for (const file of changed) vitest.invalidateFile(join(folder, file));
  const specifications = files.map((file) => project.createSpecification(join(folder, file)));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const asked = new Set(specifications.map(({ moduleId }) => moduleId));
  // Vitest also returns the test files of earlier runs.
  for (const module of testModules.filter(({ moduleId }) => asked.has(moduleId))) {
    const [error] = module.errors();
    if (error) return { failed: error.message };
    for (const test of module.children.allTests('failed'))
      return { failed: `${test.fullName}: ${test.result().errors?.[0]?.message ?? ''}` };
  }
  if (unhandledErrors.length === 0) return {};
  return { failed: `unhandled error: ${messageOf(unhandledErrors[0])}` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.on('message', async (request: TestRequest) => {
  const answer = await run(request).catch((error: unknown) => ({ failed: messageOf(error) }));
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
process.send?.({});
