import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { consumerFaults } from './consumer-faults.ts';
import { importFaults, mapFaults, typeFaults } from './entries.ts';
import { type Packed, packedFaults } from './packed-faults.ts';
import { readManifest, root, runTool, temporary } from './paths.ts';

function pack(): Packed {
  mkdirSync(temporary, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', temporary];
  const answer = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' }));
  // npm 10 prints a list, later versions an object by package name.
  const [packed] = Object.values<Packed>(answer);
  if (packed === undefined) throw new Error('npm pack made nothing');
  return packed;
}

async function publintFaults(tarball: string): Promise<readonly string[]> {
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: Uint8Array.from(readFileSync(tarball)).buffer },
  });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** Checks that importing an entry prints nothing and does not keep the process alive. */
function loadFaults(entries: readonly string[]): readonly string[] {
  return entries.flatMap((entry) => {
    const code = `await import(${JSON.stringify(entry.replace(/^\./, 'ackline'))})`;
    const args = ['--input-type=module', '--eval', code];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return status === 0 && stdout + stderr === '' ? [] : [`importing ${entry}: ${stdout}${stderr}`];
  });
}

async function main(): Promise<void> {
  if (!existsSync(join(root, 'dist'))) throw new Error('dist is missing: npm run build first');
  const { exports } = readManifest();
  const packed = pack();
  const tarball = join(temporary, packed.filename);
  const entries = Object.keys(exports).filter((entry) => entry !== './package.json');
  const targets = entries.flatMap((entry) => Object.values(exports[entry] ?? {}));
  const faults = [
    ...mapFaults(exports),
    ...(await importFaults(exports)),
    ...typeFaults(),
    ...packedFaults(packed, targets),
    ...(await publintFaults(tarball)),
    ...loadFaults(entries),
    ...(await consumerFaults()),
  ];
  const attw = '@arethetypeswrong/cli/dist/index.js';
  if (!runTool(attw, [tarball, '--profile', 'esm-only'])) faults.push('attw found faults');
  for (const fault of faults) console.error(fault);
  if (faults.length === 0) console.log(`The package is sound: ${packed.files.length} files.`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

await main();
