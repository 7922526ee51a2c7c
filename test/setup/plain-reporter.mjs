import { writeFileSync } from 'node:fs';

/**
 * @typedef {import('vitest/node').TestModule} TestModule
 * @typedef {import('vitest/node').TestSuite} TestSuite
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 */

/** @param {Count} count */
export function plainLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** @param {TestModule | TestSuite} collection */
function faultsOutsideTests(collection) {
  return collection.errors().length;
}

/** @param {TestModule} module @param {Count} count */
function addModule(module, count) {
  let failed = faultsOutsideTests(module);
  for (const suite of module.children.allSuites()) failed += faultsOutsideTests(suite);
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') count.passed += 1;
    else if (state === 'skipped') count.skipped += 1;
    // A test that is still pending at the end of the run never finished.
    else failed += 1;
  }
  if (failed === 0 && !module.ok()) failed = 1;
  count.failed += failed;
}

/**
 * Prints `N passed, N failed[, N skipped]`, or writes the numbers to the file that ACKLINE_COUNT_FILE names. Faults
 * outside of tests count as failures.
 */
export default class PlainReporter {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   * @param {string} reason
   */
  onTestRunEnd(modules, unhandledErrors, reason) {
    /** @type {Count} */
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) addModule(module, count);
    if (count.failed === 0 && reason !== 'passed') count.failed = 1;
    const file = process.env['ACKLINE_COUNT_FILE'];
    if (file === undefined) console.log(`\n${plainLine(count)}`);
    else writeFileSync(file, JSON.stringify(count));
  }
}
