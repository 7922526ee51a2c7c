import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteBackend } from 'ackline/sqlite';
import { checkHistory, type HistoryRecord, type HistoryViolation } from 'ackline/testing';
import { build } from 'esbuild';
import { root } from '../../../package/paths.ts';
import { spawnWithUs } from '../../../setup/spawn-with-us.ts';
import { temporaryFile } from '../temporary-database.ts';
import { CHANNEL, LEASE_MS, now, recordsOf } from './kill-log.ts';

export interface KillOptions {
  readonly kills: number;
  /** How many processes work at the same time. */
  readonly processes: number;
  readonly seed: number;
  readonly onProgress?: (kills: number) => void;
}

export interface KillResult {
  readonly kills: number;
  readonly published: number;
  readonly acknowledged: number;
  readonly deliveries: number;
  /** Calls that were under way when their process was killed. */
  readonly cutOff: number;
  /** What SQLite says about the file. */
  readonly integrity: string;
  readonly violations: readonly HistoryViolation[];
}

/** Processes write and consume in one file, and are killed with SIGKILL one after the other. Then the rest is drained. */
export async function runKills(options: KillOptions): Promise<KillResult> {
  const file = temporaryFile();
  // One file of plain JavaScript starts several times faster than the sources.
  await build({
    entryPoints: [join(root, 'test/backends/sqlite/kills/kill-actor.ts')],
    ...{ outfile: `${file}.mjs`, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
  const run = new KillRun(file, options);
  const records = await run.killAll();
  records.push(...(await drain(file)));
  const database = new DatabaseSync(file);
  const integrity = String(
    Object.values(database.prepare('PRAGMA integrity_check').get() ?? {})[0],
  );
  database.close();
  const count = (operation: HistoryRecord['operation'], outcome: HistoryRecord['outcome']) =>
    records.filter((one) => one.operation === operation && one.outcome === outcome).length;
  return {
    kills: options.kills,
    published: count('publish', 'ok'),
    acknowledged: count('ack', 'ok'),
    deliveries: count('deliver', 'ok'),
    cutOff: records.filter(({ outcome }) => outcome === 'unknown').length,
    integrity,
    violations: checkHistory(records),
  };
}

class KillRun {
  readonly #file: string;
  readonly #options: KillOptions;
  readonly #records: HistoryRecord[] = [];
  #started = 0;
  #state: number;

  constructor(file: string, options: KillOptions) {
    this.#file = file;
    this.#options = options;
    this.#state = options.seed >>> 0;
  }

  async killAll(): Promise<HistoryRecord[]> {
    const { processes } = this.#options;
    await Promise.all(Array.from({ length: processes }, () => this.#keepKilling()));
    return this.#records;
  }

  async #keepKilling(): Promise<void> {
    while (this.#started < this.#options.kills) {
      this.#started += 1;
      await this.#killOne(this.#started);
      this.#options.onProgress?.(this.#started);
    }
  }

  async #killOne(number: number): Promise<void> {
    const context = `p${number}`;
    const log = `${this.#file}.${context}.log`;
    const seed = String(this.#random(2 ** 31));
    const child = this.#start([this.#file, log, seed, context]);
    const killedAt = await killAfter(child, 1 + this.#random(80));
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
    rmSync(log, { force: true });
    // The last line may be cut off, and is empty otherwise.
    this.#records.push(...recordsOf(lines.slice(0, -1)));
    this.#records.push({
      ...{ context, channel: CHANNEL, operation: 'end', outcome: 'ok' },
      ...{ invoked: killedAt, time: now() },
    });
  }

  #start(args: readonly string[]): ChildProcess {
    const program = [`${this.#file}.mjs`, ...args];
    return spawnWithUs(process.execPath, program, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #random(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}

/** Kills the process after it has reported so many calls. Resolves with the time of the kill, when it has ended. */
function killAfter(child: ChildProcess, calls: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let seen = 0;
    let killedAt = 0;
    let said = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      seen += bytes.length;
      if (seen < calls || killedAt > 0) return;
      killedAt = now();
      child.kill('SIGKILL');
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    child.once('close', (_, signal) => {
      if (signal === 'SIGKILL') resolve(killedAt);
      else reject(new Error(`a process ended before it was killed: ${said}`));
    });
  });
}

/** Acknowledges what is left, when the leases of the dead processes have expired. */
async function drain(file: string): Promise<HistoryRecord[]> {
  const database = new DatabaseSync(file);
  const backend = sqliteBackend({ database });
  const base = { context: 'drain', channel: CHANNEL, outcome: 'ok' } as const;
  const records: HistoryRecord[] = [];
  for (;;) {
    const { ready = 0, leased = 0, scheduled = 0 } = (await backend.stats?.(CHANNEL)) ?? {};
    if (ready + leased + scheduled === 0) break;
    const invoked = now();
    const messages =
      (await backend.dequeueMany?.(CHANNEL, 100, 4 * LEASE_MS, { keepAlive: true })) ?? [];
    for (const { payload, eventId, lease = 0, attempts } of messages) {
      const event = { ...base, eventId: (payload as { id: string }).id, lease };
      records.push({ ...event, operation: 'deliver', invoked, time: now(), attempts });
      const begun = now();
      if ((await backend.ack(eventId, lease, undefined, CHANNEL)) !== 'ok') continue;
      records.push({ ...event, operation: 'ack', invoked: begun, time: now() });
    }
  }
  for (const { payload } of (await backend.deadLetters?.(CHANNEL, 10_000)) ?? []) {
    const eventId = (payload as { id: string }).id;
    records.push({ ...base, eventId, operation: 'dead-letter', invoked: now(), time: now() });
  }
  await backend.shutdown();
  database.close();
  return records;
}
