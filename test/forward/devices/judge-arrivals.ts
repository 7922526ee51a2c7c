/** An event as it was found at the end. */
export interface Arrival {
  readonly id: string;
  readonly line: string;
  readonly place: number;
}

export interface Judged {
  /** Ids of acknowledged publishes that are not there. */
  readonly lost: readonly string[];
  /** Ids that are there more than once. */
  readonly doubled: readonly string[];
  /** Ids of lines that no page has, or that are not those of their events. */
  readonly invented: readonly string[];
  /** Ids that are behind a later event of their line. */
  readonly disordered: readonly string[];
}

/** Compares what pages have published with what has arrived, in the order in which it was stored. */
export function judgeArrivals(
  lines: ReadonlySet<string>,
  acknowledged: ReadonlySet<string>,
  arrivals: readonly Arrival[],
): Judged {
  const seen = new Set<string>();
  const doubled: string[] = [];
  const invented: string[] = [];
  const disordered: string[] = [];
  const places = new Map<string, number>();
  for (const { id, line, place } of arrivals) {
    if (seen.has(id)) doubled.push(id);
    seen.add(id);
    if (!lines.has(line) || id !== `${line}-${place}`) invented.push(id);
    if (place < (places.get(line) ?? 0)) disordered.push(id);
    else places.set(line, place);
  }
  return {
    lost: [...acknowledged].filter((id) => !seen.has(id)),
    ...{ doubled, invented, disordered },
  };
}
