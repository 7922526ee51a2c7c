/** What is known at one moment. `published` and `acknowledged`: totals of this page since it counts. */
export interface Sample {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly backlog: number;
  readonly published: number;
  readonly acknowledged: number;
}

/** Rates, in events a second, between one sample and the one before. */
export interface Rates {
  /** Of the backlog, by the work of all contexts. */
  readonly change: number;
  readonly published: number;
  readonly acknowledged: number;
}

/** Two minutes, at one sample a second. */
export const MOST_SAMPLES = 120;

const NO_RATES: Rates = { change: 0, published: 0, acknowledged: 0 };

/** The samples of the last two minutes, the oldest first. */
export class Samples {
  #samples: readonly Sample[] = [];

  add(sample: Sample): void {
    this.#samples = [...this.#samples, sample].slice(-MOST_SAMPLES);
  }

  get backlogs(): readonly number[] {
    return this.#samples.map(({ backlog }) => backlog);
  }

  /** One fewer than the samples. */
  get rates(): readonly Rates[] {
    return this.#samples
      .slice(1)
      .map((sample, at) => ratesBetween(this.#samples[at] as Sample, sample));
  }

  get newestRates(): Rates {
    return this.rates.at(-1) ?? NO_RATES;
  }
}

function ratesBetween(before: Sample, after: Sample): Rates {
  const seconds = (after.at - before.at) / 1_000;
  // A clock that was set back says nothing about the time between.
  if (seconds <= 0) return NO_RATES;
  const rate = (of: (sample: Sample) => number) => (of(after) - of(before)) / seconds;
  return {
    change: rate(({ backlog }) => backlog),
    published: rate(({ published }) => published),
    acknowledged: rate(({ acknowledged }) => acknowledged),
  };
}
