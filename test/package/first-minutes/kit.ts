import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../paths.ts';
import { runProgram } from './run-program.ts';

export type Files = Readonly<Record<string, string>>;

/** Makes temporary projects in which the packed tarball is installed. */
export class Kit {
  readonly #folder: string;
  #extras = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Packs the package, and installs the tarball in an empty project with npm. */
  static async open(): Promise<Kit> {
    if (!existsSync(join(root, 'dist'))) throw new Error('dist is missing: npm run build first');
    const folder = mkdtempSync(join(tmpdir(), 'ackline-first-minutes-'));
    const kit = new Kit(folder);
    const pack = ['pack', '--ignore-scripts', '--pack-destination', folder];
    const { output } = await npm(root, pack);
    const tarball = /^ackline-.*\.tgz$/m.exec(output)?.[0];
    if (tarball === undefined) throw new Error(`npm pack made nothing: ${output}`);
    await kit.#install('installed', [join(folder, tarball)]);
    return kit;
  }

  /**
   * Makes a project with the package in it. The other packages are links to those of this repository, so that nothing is
   * downloaded, or to those in `extra`.
   */
  project(name: string, files: Files, packages: readonly string[] = [], extra?: string): string {
    const folder = join(this.#folder, name);
    cpSync(join(this.#folder, 'installed/node_modules'), join(folder, 'node_modules'), {
      recursive: true,
    });
    for (const wanted of packages) {
      const link = join(folder, 'node_modules', wanted);
      mkdirSync(dirname(link), { recursive: true });
      const here = join(extra ?? root, 'node_modules', wanted);
      symlinkSync(here, link, 'junction');
    }
    const dependencies = Object.fromEntries(['ackline', ...packages].map((name) => [name, '*']));
    const manifest = JSON.stringify({ type: 'module', private: true, dependencies });
    writeFiles(folder, { 'package.json': manifest, ...files });
    return folder;
  }

  /** Downloads packages into a folder of their own, beside the package. Resolves with the folder. */
  async download(files: Files, packages: readonly string[]): Promise<string> {
    this.#extras += 1;
    const name = `downloaded-${this.#extras}`;
    const folder = await this.#install(name, packages);
    cpSync(join(this.#folder, 'installed/node_modules'), join(folder, 'node_modules'), {
      recursive: true,
    });
    writeFiles(folder, files);
    return folder;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #install(name: string, packages: readonly string[]): Promise<string> {
    const folder = join(this.#folder, name);
    writeFiles(folder, { 'package.json': '{ "private": true }' });
    const { code, output } = await npm(folder, ['install', '--prefer-offline', ...packages]);
    if (code !== 0) throw new Error(`npm install ${packages.join(' ')}: ${output}`);
    return folder;
  }
}

const INSTALL_MS = 600_000;

function npm(cwd: string, [verb = '', ...given]: readonly string[]) {
  const args = [verb, '--no-audit', '--no-fund', '--loglevel', 'error', ...given];
  return runProgram(cwd, 'npm', args, INSTALL_MS);
}

function writeFiles(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
