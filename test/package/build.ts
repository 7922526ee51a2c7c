import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool } from './paths.ts';

rmSync(join(root, 'dist'), { recursive: true, force: true });
process.exitCode = runTool('typescript/bin/tsc', ['-p', 'src']) ? 0 : 1;
