import { once } from 'node:events';
import { spawnWithUs } from '../../setup/spawn-with-us.ts';
import { ownEnvironment } from './run-program.ts';

const START_MS = 60_000;

interface Served {
  readonly url: string;
  /** What the program has printed so far. */
  readonly printed: () => string;
  readonly close: () => Promise<void>;
}

/** Starts a program that serves pages, and resolves with the address that it prints. `close` ends it. */
export async function serveProgram(
  cwd: string,
  program: string,
  args: readonly string[],
): Promise<Served> {
  const child = spawnWithUs(program, args, {
    cwd,
    env: ownEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const close = async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address: ${output}`)), START_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const [address] = /http:\/\/[\w.]+:\d+/.exec(output) ?? [];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`it ended: ${output}`)));
  });
  return { url, printed: () => output, close };
}
