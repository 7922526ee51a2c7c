export interface Subject<Figure> {
  readonly subject: string;
  measure(): Promise<Figure>;
}

export const ROUNDS = 5;

/** Runs the subjects alternately, A B A B …, so that a drift of the machine affects all. The first round is a warm-up. */
export async function takeTurns<Figure>(
  subjects: readonly Subject<Figure>[],
  rounds: number = ROUNDS,
): Promise<Map<string, Figure[]>> {
  const figures = new Map<string, Figure[]>(subjects.map(({ subject }) => [subject, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const { subject, measure } of subjects) {
      const figure = await measure();
      if (round > 0) figures.get(subject)?.push(figure);
    }
  return figures;
}

/** The rounds of one subject. Throws if it is missing, which is a mistake in the bench. */
export function roundsOf<Figure>(
  figures: ReadonlyMap<string, Figure[]>,
  subject: string,
): Figure[] {
  const rounds = figures.get(subject);
  if (rounds === undefined || rounds.length === 0) throw new Error(`${subject} was not measured`);
  return rounds;
}
