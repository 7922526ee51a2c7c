import type { PlaywrightName } from '../test/setup/playwright-engine.ts';

/** One thing measured, a figure a round. */
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

/** A figure that does not depend on how fast the machine is, or one that no machine may miss: the only kind that has a goal. */
export interface Ratio {
  readonly what: string;
  readonly rounds: readonly number[];
  /** Default `×`: a quotient. Anything else is counted in what it says. */
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Figures as a line drawing; both axes are logarithmic, so every x and y is above 0. */
export interface Plot {
  /** Names the file of the drawing. */
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
  /** Version of the browser, where one was driven. */
  readonly browser?: string;
}

export interface Bench {
  readonly name: string;
  /** The browsers that it can drive; none, where it runs in Node. */
  readonly engines?: readonly PlaywrightName[];
  /** A bench that runs in Node has no use for `engine`. */
  run(engine: PlaywrightName): Promise<BenchResult>;
}
