import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { missedFloors, PROOF_FLOORS, type ProofPart, proofLine, readProof } from './proof.mjs';
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

test('each figure that a run misses is named, and a run that did nothing misses all', () => {
  expect(missedFloors([part({})])).toEqual([]);
  expect(missedFloors([part({ kills: 4 })])).toEqual(['4 kills of the browser instead of 5']);
  expect(missedFloors([])).toHaveLength(Object.keys(PROOF_FLOORS).length);
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
