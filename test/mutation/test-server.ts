// A process that runs test files again and again in one Vitest, so that none of them waits for the start of Vitest.
import { join } from 'node:path';
import { createVitest, type TestModule } from 'vitest/node';

/** What the parent process sends: the source files that have changed since the last request, and the test files to run. */
export interface TestRequest {
  readonly changed: readonly string[];
  readonly files: readonly string[];
  /** Only the tests whose names match this regular expression. */
  readonly names?: string;
}

/** The first failure. */
export interface TestFailure {
  /** Undefined for an error outside of the test files. */
  readonly file?: string;
  readonly sign: string;
}

export interface TestAnswer {
  /** Absent where all tests passed. */
  readonly failure?: TestFailure;
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

async function run({ changed, files, names }: TestRequest): Promise<TestAnswer> {
  for (const file of changed) vitest.invalidateFile(join(folder, file));
  const options = names === undefined ? {} : { testNamePattern: new RegExp(names) };
  const specifications = files.map((file) =>
    project.createSpecification(join(folder, file), options),
  );
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const paths = new Map(files.map((file) => [join(folder, file), file]));
  // Vitest also returns the test files of earlier runs.
  for (const module of testModules) {
    const file = paths.get(module.moduleId);
    const sign = file === undefined ? undefined : signOf(module);
    if (file !== undefined && sign !== undefined) return { failure: { file, sign } };
  }
  if (unhandledErrors.length === 0) return {};
  return { failure: { sign: `unhandled error: ${messageOf(unhandledErrors[0])}` } };
}

function signOf(module: TestModule): string | undefined {
  const [error] = module.errors();
  if (error) return error.message;
  for (const test of module.children.allTests('failed'))
    return `${test.fullName}: ${test.result().errors?.[0]?.message ?? ''}`;
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.on('message', async (request: TestRequest) => {
  const answer = await run(request).catch(
    (error: unknown): TestAnswer => ({ failure: { sign: messageOf(error) } }),
  );
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
process.send?.({});
