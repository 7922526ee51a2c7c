import { expect, test } from 'vitest';
import { renderFlame } from '../../bench/flame-svg.ts';
import type { CpuProfile } from '../../bench/indexeddb/cpu-profile.ts';

const node = (id: number, functionName: string, lineNumber: number, children: number[] = []) => ({
  id,
  callFrame: { functionName, lineNumber },
  children,
});

/** Of 12 ms the page was idle for 2. `work` took 8, of which two calls of `add` took 5. */
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', -1, [2, 3, 6]),
    node(2, '(idle)', -1),
    node(3, 'work', 7, [4, 5]),
    node(4, 'add', -1),
    node(5, 'add', -1),
    node(6, '<b>', 9),
  ],
  samples: [2, 3, 4, 5, 6],
  timeDeltas: [2_000, 3_000, 4_000, 1_000, 2_000],
};

test('renderFlame: shares are relative to the time that was not idle', () => {
  const drawn = renderFlame('Publish & claim', profile);
  for (const title of ['Publish &amp; claim', 'work, 80.0 %', 'add, 50.0 %', '&lt;b&gt;, 20.0 %'])
    expect(drawn).toContain(`<title>${title}</title>`);
  expect(drawn).not.toContain('idle');
});

test('renderFlame: a callee is below its caller, and both begin at the left', () => {
  const drawn = renderFlame('', profile);
  expect(drawn).toContain('x="0.0" y="34" width="767.5"');
  expect(drawn).toContain('x="0.0" y="53" width="479.5"');
  expect(drawn).toContain('x="768.0" y="34" width="191.5"');
});
