/** A program of the test tree that exits with another code than 0 where it finds a fault. */
export interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

const SIMULATION = 'test/simulation/run.ts';

/** In the order in which they are tried. */
export const CHECKS: readonly Check[] = [
  {
    name: 'simulation over IndexedDB',
    args: [SIMULATION, '--seeds', '400', '--stop'],
  },
  {
    name: 'simulation over memory',
    args: [SIMULATION, '--store', 'memory', '--seeds', '400', '--stop'],
  },
  { name: 'conformance suite', args: ['test/package/conformance.mjs'] },
  { name: 'every n-th failure', args: ['test/simulation/each-failure.ts'] },
];
