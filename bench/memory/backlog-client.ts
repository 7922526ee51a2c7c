import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { check } from '../check.ts';
import type { BacklogReport, BacklogRequest } from './backlog-messages.ts';

/**
 * A process that holds one queue at one backlog. One each, so that neither the heap nor the compiled code of
 * one subject weighs on another; all live at once, so that they can take turns.
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

  /** Resolves when the backlog stands. */
  async fill(): Promise<{ readonly perEvent: number; readonly perPayload: number }> {
    const report = await this.#next();
    check(report.type === 'filled', `${this.subject} fills its backlog`, report.type);
    return report;
  }

  /** Microseconds a full cycle. */
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
    // Once the answer is there, nobody waits for the end any longer.
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
