import { appendFileSync } from 'node:fs';
import type { ProofPart } from './proof.mjs';

/**
 * Adds what a simulation or campaign did to the file that `test/run.mjs` sums up at its end. Does nothing in a run that does not
 * sum up.
 */
export function recordProof(part: Pick<ProofPart, 'name' | 'from'> & Partial<ProofPart>): void {
  const file = process.env['ACKLINE_PROOF_FILE'];
  if (file === undefined) return;
  const whole: ProofPart = {
    ...{ to: Date.now(), seeds: 0, faults: 0, acknowledged: 0, crashes: 0, kills: 0 },
    ...part,
  };
  appendFileSync(file, `${JSON.stringify(whole)}\n`);
}
