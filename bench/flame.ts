import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { renderFlame } from './flame-svg.ts';
import type { CpuProfile } from './indexeddb/cpu-profile.ts';

/**
 * Draws a profile, of `node --cpu-prof` or of `diagnose.ts`:
 * `node bench/flame.ts --title "…" --out FILE.svg FILE.cpuprofile`
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    title: { type: 'string', default: '' },
    out: { type: 'string', default: 'flame.svg' },
  },
});
const [file = ''] = positionals;
const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
writeFileSync(values.out, renderFlame(values.title, profile));
