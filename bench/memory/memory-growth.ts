import type { Bench, BenchResult, Ratio, Series, Table } from '../bench.ts';
import { bundleForNode } from '../bundle.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import { BacklogClient } from './backlog-client.ts';
import { MEMORY_SUBJECTS } from './backlog-messages.ts';

const SMALL = 1_000;
const LARGE = 1_000_000;
const CYCLES = 50_000;
/** The minimum is so fast that a round with the same number of cycles would take a few milliseconds. */
const FLOOR_CYCLES = 500_000;
const FLOOR = 'floor';
const GROWTH_GOAL = 1.3;
const KEPT_GOAL_BYTES = 250;

interface Kept {
  readonly subject: string;
  readonly backlog: number;
  readonly perEvent: number;
  readonly perPayload: number;
}

/** How the cost of a full cycle grows from a small backlog to a large one, beside the growth of the minimum. */
export const memoryGrowth: Bench = {
  name: 'memory-growth',
  async run(): Promise<BenchResult> {
    const module = await bundleForNode('bench/memory/backlog-process.ts', 'backlog-process');
    const clients = MEMORY_SUBJECTS.flatMap((subject) =>
      [SMALL, LARGE].map((backlog) => new BacklogClient(module, subject, backlog)),
    );
    try {
      return await measure(clients);
    } finally {
      for (const client of clients) client.stop();
    }
  },
};

async function measure(clients: readonly BacklogClient[]): Promise<BenchResult> {
  const kept = await Promise.all(
    clients.map(async (client) => ({ ...client, ...(await client.fill()) })),
  );
  const figures = await takeTurns(
    clients.map((client) => ({
      subject: turnName(client.subject, client.backlog),
      measure: () => client.measure(client.subject === FLOOR ? FLOOR_CYCLES : CYCLES),
    })),
  );
  const microseconds = (subject: string, backlog: number) =>
    roundsOf(figures, turnName(subject, backlog));
  const growth = (subject: string) =>
    ratioByRound(microseconds(subject, LARGE), microseconds(subject, SMALL));
  const beyond = keptBeyondPayloads(kept);
  return {
    summary:
      `Full cycle (publish, claim the oldest, acknowledge) in Node at a constant backlog of ${count(SMALL)} and of ` +
      `${count(LARGE)} events with payloads of about 300 bytes; ${count(CYCLES)} cycles a round (floor: ` +
      `${count(FLOOR_CYCLES)}), a process for each subject and backlog. The floor is a Map and an array: no lease, ` +
      'no copy, no redelivery.',
    tables: [
      cycleTable(SMALL, microseconds),
      cycleTable(LARGE, microseconds),
      growthTable(growth),
      keptTable(beyond),
    ],
    ratios: [...growthRatios(growth), ...beyond.map(keptRatio)],
  };
}

function growthRatios(growth: (subject: string) => number[]): Ratio[] {
  return ownSubjects().map((subject) => ({
    what: `growth of ${subject} ÷ growth of the floor`,
    rounds: ratioByRound(growth(subject), growth(FLOOR)),
    atMost: GROWTH_GOAL,
  }));
}

function cycleTable(
  backlog: number,
  rounds: (subject: string, backlog: number) => number[],
): Table {
  return {
    title: `Full cycle at a backlog of ${count(backlog)}`,
    unit: 'µs',
    series: MEMORY_SUBJECTS.map((subject) => ({
      subject,
      rounds: rounds(subject, backlog),
    })),
  };
}

function growthTable(growth: (subject: string) => number[]): Table {
  return {
    title: `Growth from ${count(SMALL)} to ${count(LARGE)}`,
    unit: '×',
    series: MEMORY_SUBJECTS.map((subject) => ({ subject, rounds: growth(subject) })),
  };
}

function keptBeyondPayloads(kept: readonly Kept[]): Series[] {
  const own = kept.filter(({ subject, backlog }) => subject !== FLOOR && backlog === LARGE);
  return own.map(({ subject, perEvent, perPayload }) => ({
    subject,
    rounds: [perEvent - perPayload],
    note: `of ${Math.round(perEvent)} in all`,
  }));
}

function keptTable(series: readonly Series[]): Table {
  return { title: 'Bytes kept for an event beyond its payload', unit: 'bytes', series };
}

function keptRatio({ subject, rounds }: Series): Ratio {
  const what = `kept by ${subject} for an event beyond its payload`;
  return { what, unit: 'bytes', rounds, atMost: KEPT_GOAL_BYTES };
}

function ownSubjects(): string[] {
  return MEMORY_SUBJECTS.filter((subject) => subject !== FLOOR);
}

function turnName(subject: string, backlog: number): string {
  return `${subject} at ${backlog}`;
}

function count(events: number): string {
  return events.toLocaleString('en');
}
