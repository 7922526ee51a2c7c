import { writeFileSync } from 'node:fs';
import { skipReasons } from './skip-reasons.mjs';

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

/** @param {TestModule} module @param {Count} count @param {import('./skip-reasons.mjs').Skipped[]} skipped */
function addModule(module, count, skipped) {
  let failed = faultsOutsideTests(module);
  for (const suite of module.children.allSuites()) failed += faultsOutsideTests(suite);
  for (const test of module.children.allTests()) {
    const result = test.result();
    const { state } = result;
    if (state === 'passed') count.passed += 1;
    else if (state === 'skipped')
      skipped.push({ file: module.relativeModuleId, reason: result.note });
    // A test that is still pending at the end of the run never finished.
    else failed += 1;
  }
  if (failed === 0 && !module.ok()) failed = 1;
  count.failed += failed;
}

/**
 * Prints why tests were skipped, and `N passed, N failed[, N skipped]`, or writes the numbers to the file that
 * ACKLINE_COUNT_FILE names. Faults outside of tests count as failures.
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
    /** @type {import('./skip-reasons.mjs').Skipped[]} */
    const skipped = [];
    for (const module of modules) addModule(module, count, skipped);
    count.skipped = skipped.length;
    if (skipped.length > 0) console.log(`\n${skipReasons(skipped).join('\n')}`);
    if (count.failed === 0 && reason !== 'passed') count.failed = 1;
    const file = process.env['ACKLINE_COUNT_FILE'];
    if (file === undefined) console.log(`\n${plainLine(count)}`);
    else writeFileSync(file, JSON.stringify(count));
  }
}
