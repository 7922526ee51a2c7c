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

/** A figure that does not depend on how fast the machine is: the only kind that has a goal. */
export interface Ratio {
  readonly what: string;
  readonly rounds: readonly number[];
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface BenchResult {
  readonly summary: string;
  readonly tables: readonly Table[];
  readonly ratios: readonly Ratio[];
  /** Version of the browser, where one was driven. */
  readonly browser?: string;
}

export interface Bench {
  readonly name: string;
  run(): Promise<BenchResult>;
}
