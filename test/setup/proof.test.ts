import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  missedFloors,
  PROOF_FLOORS,
  PROOF_WORDS,
  type ProofPart,
  proofLine,
  readProof,
} from './proof.mjs';
import { recordProof } from './record-proof.ts';

const part = (rest: Partial<ProofPart>): ProofPart => ({
  ...{ name: 'part', from: 0, to: 0, ...PROOF_FLOORS, ...rest },
});

test('the volumes of all parts are added up, and the time in which any of them ran', () => {
  const parts = [
    part({ from: 10_000, to: 20_000 }),
    part({ from: 0, to: 12_000 }),
    part({ from: 2_000, to: 3_000 }),
    part({ from: 50_000, to: 51_000 }),
  ];
  expect(proofLine(parts)).toBe(
    'Proof in this run: 8,000 simulated seeds, 200,000 injected faults, 80,000 acknowledged events in Chromium, ' +
      '200 crashes of its tabs, 20 kills of the browser, in 21 s',
  );
});

test('parts that take longer than they should say so', () => {
  const lineOf = (seconds: number) => proofLine([part({ to: seconds * 1_000 })]);
  expect(lineOf(600)).toMatch(/ in 600 s$/);
  expect(lineOf(601)).toMatch(/ in 601 s, which is over the aim of 600 s$/);
});

test('a run is asked for what the project promises of it', () => {
  expect(PROOF_FLOORS).toEqual({
    ...{ seeds: 2_000, faults: 50_000, acknowledged: 20_000, crashes: 50, kills: 5 },
  });
});

const FIGURES = Object.keys(PROOF_FLOORS) as (keyof typeof PROOF_FLOORS)[];

test.each(FIGURES)('a run that has one too few %s misses this figure alone', (figure) => {
  expect(missedFloors([part({})])).toEqual([]);
  const tooFew = part({ [figure]: PROOF_FLOORS[figure] - 1 });
  const format = (count: number) => count.toLocaleString('en-US');
  const [few, floor] = [PROOF_FLOORS[figure] - 1, PROOF_FLOORS[figure]].map(format);
  expect(missedFloors([tooFew])).toEqual([`${few} ${PROOF_WORDS[figure]} instead of ${floor}`]);
});

test('a run that did nothing misses every figure', () => {
  expect(missedFloors([])).toHaveLength(FIGURES.length);
});

test('what parts record is read again, and a part that ran nothing adds nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ackline-proof-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'proof');
  expect(readProof(file)).toEqual([]);
  vi.stubEnv('ACKLINE_PROOF_FILE', file);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  recordProof({ name: 'one', from: 1, to: 2, seeds: 3 });
  recordProof({ name: 'two', from: 2, to: 3 });
  const nothing = { seeds: 0, faults: 0, acknowledged: 0, crashes: 0, kills: 0 };
  expect(readProof(file)).toEqual([
    { ...nothing, name: 'one', from: 1, to: 2, seeds: 3 },
    { ...nothing, name: 'two', from: 2, to: 3 },
  ]);
});
