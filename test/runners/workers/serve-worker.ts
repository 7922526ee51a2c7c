import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { root, temporary } from '../../package/paths.ts';
import { bundle } from '../../setup/bundle.ts';
import { spawnWithUs } from '../../setup/spawn-with-us.ts';

export interface WorkerServer extends AsyncDisposable {
  readonly url: string;
  /** What the runtime has printed, such as unhandled errors of the worker. */
  readonly output: () => string;
}

/** Serves `ingress-worker.ts` by workerd, the runtime of Cloudflare Workers, on a free port. */
export async function serveWorker(): Promise<WorkerServer> {
  const folder = join(temporary, 'workers');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'worker.js'),
    await bundle(new URL('ingress-worker.ts', import.meta.url)),
  );
  copyFileSync(new URL('ingress.capnp', import.meta.url), join(folder, 'ingress.capnp'));
  const workerd = spawnWithUs(
    join(root, 'node_modules/.bin/workerd'),
    ['serve', '--control-fd=3', 'ingress.capnp'],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
  const exited = once(workerd, 'exit');
  let output = '';
  for (const stream of [workerd.stdout, workerd.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const listening = once(createInterface(workerd.stdio[3] as Readable), 'line');
  const line = await Promise.race([
    listening.then(([text]) => text as string),
    exited.then(() => Promise.reject(new Error(`workerd has ended: ${output}`))),
  ]);
  const { port } = JSON.parse(line) as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    async [Symbol.asyncDispose]() {
      workerd.kill();
      await exited;
    },
  };
}
