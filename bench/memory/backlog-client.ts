import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { check } from '../check.ts';
import type { BacklogReport, BacklogRequest } from './backlog-messages.ts';

/**
 * A process that keeps one queue at one backlog. Each subject has its own process, so that its heap and compiled code do
 * not affect others. All processes live at once, so that they can run alternately.
 */
export class BacklogClient {
  readonly subject: string;
  readonly backlog: number;
  readonly #child: ChildProcess;

  constructor(module: string, subject: string, backlog: number) {
    this.subject = subject;
    this.backlog = backlog;
    this.#child = fork(module, [subject, String(backlog)], {
      execArgv: ['--expose-gc', '--max-old-space-size=6144'],
    });
  }

  /** Resolves when the backlog is stored. */
  async fill(): Promise<{ readonly perEvent: number; readonly perPayload: number }> {
    const report = await this.#next();
    check(report.type === 'filled', `${this.subject} fills its backlog`, report.type);
    return report;
  }

  /** Microseconds for each full cycle. */
  async measure(cycles: number): Promise<number> {
    const answer = this.#next();
    this.#child.send({ cycles } satisfies BacklogRequest);
    const report = await answer;
    check(report.type === 'measured', `${this.subject} measures`, report.type);
    return report.microseconds;
  }

  stop(): void {
    this.#child.kill();
  }

  async #next(): Promise<BacklogReport> {
    const ended = new AbortController();
    const died = once(this.#child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`${this.subject} at ${this.backlog} ended with code ${code}`);
    });
    // After the answer no caller waits for the end of the process.
    died.catch(() => {});
    try {
      const [report] = (await Promise.race([once(this.#child, 'message'), died])) as [
        BacklogReport,
      ];
      if (report.type === 'failed') throw new Error(`${this.subject}: ${report.reason}`);
      return report;
    } finally {
      ended.abort();
    }
  }
}
