// Covers src/ingress/to-node-handler.ts, src/backends/postgres/connection.ts
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../backends/postgres/postgres-server.ts';
import { root } from '../package/paths.ts';
import { findPostgres } from '../setup/find-postgres.mjs';
import { spawnWithUs } from '../setup/spawn-with-us.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

const server: PostgresServer | undefined = findPostgres() ? await startPostgres() : undefined;
afterAll(() => server?.close());

const BODY = '{"line":"a","place":0}';

/** Between the ingress and its database. Resets the connection that sends what `resets` names, before it is answered. */
class ResettingLine {
  resets: ((sent: string) => boolean) | undefined;
  count = 0;
  readonly #proxy = createServer((client) => this.#join(client));

  async open(): Promise<number> {
    this.#proxy.listen(0, '127.0.0.1');
    await once(this.#proxy, 'listening');
    return (this.#proxy.address() as AddressInfo).port;
  }

  close(): void {
    this.#proxy.close();
  }

  #join(client: Socket): void {
    const database = connect(Number(new URL(server?.url ?? '').port), '127.0.0.1');
    for (const socket of [client, database]) socket.on('error', () => undefined);
    client.on('close', () => database.destroy());
    database.on('close', () => client.destroy());
    database.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      if (!this.resets?.(data.toString('latin1'))) return database.write(data);
      this.count += 1;
      return client.resetAndDestroy();
    });
  }
}

/** Runs the ingress of the device test, as a process that is never restarted. */
async function startIngress(databasePort: number, port: number): Promise<ChildProcess> {
  const url = new URL(server?.url ?? '');
  url.port = String(databasePort);
  const file = join(root, 'test/forward/devices/ingress-process.ts');
  const args = [
    '--import',
    join(root, 'test/setup/source-entries.mjs'),
    file,
    url.href,
    String(port),
  ];
  const started = spawnWithUs(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [first] = await once(started.stdout as NodeJS.ReadableStream, 'data');
  expect(String(first)).toContain('ready');
  return started;
}

const post = (port: number, id: string) =>
  fetch(`http://127.0.0.1:${port}/events/orders`, {
    method: 'POST',
    body: BODY,
    headers: { 'content-type': 'application/json', 'idempotency-key': id },
  });

const HEAD = `POST /events/orders HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nidempotency-key: cut\r\n`;
const WHOLE = `${HEAD}content-length: ${BODY.length}\r\n\r\n${BODY}`;

/** What a client has sent when it resets its connection. */
const PHASES: Readonly<Record<string, string>> = {
  'at once': '',
  'in the first line': 'POST /eve',
  'in the headers': HEAD,
  'before the body': `${HEAD}content-length: ${BODY.length}\r\n\r\n`,
  'in the body': `${HEAD}content-length: ${BODY.length}\r\n\r\n${BODY.slice(0, 5)}`,
  'in a chunk': `${HEAD}transfer-encoding: chunked\r\n\r\nff\r\n${BODY}`,
  'before the answer': WHOLE,
  'after two requests': WHOLE + WHOLE,
  'in a second request': WHOLE + HEAD,
  'after what is no request': 'hello\r\n\r\n',
};

describe.skipIf(!server)('the ingress goes on', () => {
  test('when clients reset their connections, in each phase of a request', async () => {
    const port = await freePort();
    const line = new ResettingLine();
    const ingress = await startIngress(await line.open(), port);
    for (const [phase, sent] of Object.entries(PHASES)) {
      for (let turn = 0; turn < 5; turn += 1) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
        // The first turns reset before the server has read, the last ones during its work.
        for (let step = 0; step < turn; step += 1)
          await new Promise((resolve) => setImmediate(resolve));
        socket.resetAndDestroy();
      }
      expect((await post(port, phase.replaceAll(' ', '-'))).status, phase).toBe(202);
    }
    expect(ingress.exitCode).toBeNull();
    ingress.kill('SIGKILL');
    line.close();
  });

  test('when its database resets connections, in each phase of a connection and a statement', async () => {
    const port = await freePort();
    const line = new ResettingLine();
    const ingress = await startIngress(await line.open(), port);
    expect((await post(port, 'first')).status).toBe(202);
    const phases: Readonly<Record<string, (sent: string) => boolean>> = {
      'the first message': (sent) =>
        sent.includes('ackline\0database\0') || sent.includes('user\0'),
      'the question for types': (sent) => sent.includes('typcategory'),
      'a statement': (sent) => sent.includes('hints'),
      'any message': () => true,
    };
    for (const [phase, resets] of Object.entries(phases)) {
      line.resets = () => true;
      await post(port, `dropped-${line.count}`);
      line.resets = resets;
      const before = line.count;
      const answers = Array.from({ length: 8 }, (_, n) => post(port, `${line.count}-${n}`));
      for (const answer of await Promise.all(answers))
        expect(answer.status, phase).toBeLessThan(600);
      line.resets = undefined;
      await until(async () => (await post(port, `later-${before}`)).status === 202, phase);
    }
    expect(line.count).toBeGreaterThan(8);
    expect(ingress.exitCode).toBeNull();
    ingress.kill('SIGKILL');
    line.close();
  });
});
