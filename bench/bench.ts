import type { PlaywrightName } from '../test/setup/playwright-engine.ts';

/** One measured subject, with one figure for each round. */
export interface Series {
  readonly subject: string;
  readonly rounds: readonly number[];
  readonly note?: string;
}

export interface Table {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
}

/** A figure that does not depend on the speed of the machine, or that every machine must reach. Only these have goals. */
export interface Ratio {
  readonly what: string;
  readonly rounds: readonly number[];
  /** Default `×`, a quotient. Any other value is the unit of the figure. */
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Figures as a line drawing. Both axes are logarithmic, so every x and y is above 0. */
export interface Plot {
  /** The name of the file with the drawing. */
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly {
    readonly subject: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

export interface BenchResult {
  readonly summary: string;
  readonly tables: readonly Table[];
  readonly ratios: readonly Ratio[];
  readonly plots?: readonly Plot[];
  /** The version of the browser, if the bench used one. */
  readonly browser?: string;
}

export interface Bench {
  readonly name: string;
  /** The browsers that the bench supports. None if it runs in Node. */
  readonly engines?: readonly PlaywrightName[];
  /** A bench that runs in Node ignores `engine`. */
  run(engine: PlaywrightName): Promise<BenchResult>;
}
