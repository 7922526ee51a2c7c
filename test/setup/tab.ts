import { until } from '../support/until.ts';
import type { EngineName } from './engine-names.mjs';

/** What an engine has to know of one tab. */
export interface TabDriver {
  /** Runs an expression in the page; resolves with what it, or the promise it is, has come to. */
  run(expression: string): Promise<unknown>;
  /** As a visitor closes it. */
  close(): Promise<void>;
  /** Ends the page's process without a word to the page. */
  crash(): Promise<void>;
}

export interface EngineOptions {
  /** Whether what its windows store goes with them. */
  readonly isPrivate?: boolean;
}

/** A browser whose tabs share one profile on disk. */
export interface Engine {
  readonly name: EngineName;
  /** Why a tab cannot be crashed here, or null where it can. */
  readonly crashFault: string | null;
  openTab(url: string): Promise<Tab>;
  /** SIGKILL for all of its processes. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** One tab, in whatever engine. Functions are sent as text: they see what the page sees. */
export class Tab {
  readonly #driver: TabDriver;

  constructor(driver: TabDriver) {
    this.#driver = driver;
  }

  evaluate<Result>(run: () => Result | Promise<Result>): Promise<Result>;
  evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
  async evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result> {
    const result = await this.#driver.run(`(${run})(${JSON.stringify(argument)})`);
    return result as Result;
  }

  async waitFor(condition: () => boolean): Promise<void> {
    await until(() => this.evaluate(condition), `a page that says ${condition}`);
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  crash(): Promise<void> {
    return this.#driver.crash();
  }
}
