import { test } from 'vitest';
import type { TestedBackend } from '../backends.ts';
import { type Bounds, checkAgainstModel, titleOf } from './run-model.ts';

/** A test that runs random commands over the backend. The runs of each take a few seconds. */
export function testModel(name: string, tested: TestedBackend, bounds: Bounds): void {
  const title = titleOf(name, bounds);
  test(`${title}: random commands are answered as the model says`, { timeout: 600_000 }, () =>
    checkAgainstModel(title, tested, bounds),
  );
}
