/** The value below which the share `quantile` of the samples lies. */
export function quantileOf(samples: readonly number[], quantile: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const place = (sorted.length - 1) * quantile;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function medianOf(samples: readonly number[]): number {
  return quantileOf(samples, 0.5);
}

/** Divides round by round, so it compares neighbouring runs, and a slow moment affects both. */
export function ratioByRound(above: readonly number[], below: readonly number[]): number[] {
  if (above.length !== below.length)
    throw new Error(
      `rounds must be as many on both sides, got ${above.length} and ${below.length}`,
    );
  return above.map((value, round) => value / (below[round] ?? Number.NaN));
}
