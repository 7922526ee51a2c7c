// Covers src/backends/nats/nats-backend.ts
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { extractExamples } from '../../examples/extract.ts';
import { root, temporary } from '../../package/paths.ts';
import { NatsContext } from './nats-context.ts';
import { natsServerPath } from './nats-server.ts';

describe.runIf(natsServerPath)('NATS', () => {
  const nats = new NatsContext();

  test('docs/nats.md: its example runs and ends', async () => {
    const document = readFileSync(join(root, 'docs/nats.md'), 'utf8');
    const [example] = extractExamples('docs/nats.md', document);
    const folder = join(temporary, 'nats');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `example-${process.pid}.ts`);
    writeFileSync(file, String(example?.code));
    const sources = pathToFileURL(join(root, 'test/setup/source-entries.mjs')).href;
    const env = { ...process.env, NATS_URL: nats.server.servers };
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['--import', sources, file], { env }, (error, stdout, stderr) =>
        resolve(`${stdout}${stderr}${error ? `ended with ${error.code}` : ''}`),
      );
    });
    expect(output).toBe('12\n');
  });
});
