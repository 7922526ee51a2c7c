import type { ChaosBrowser } from './chaos-browser.ts';
import { within } from './within.ts';

const LAUNCH_MS = 60_000;
const MOST_STARTS = 5;

/** The browser was started several times and did not answer, so that the run cannot go on. */
export class BrowserFailure extends Error {
  override readonly name = 'BrowserFailure';
}

/** Starts the browser, and starts it again where it does not answer. */
export class BrowserLife {
  readonly #launch: () => Promise<ChaosBrowser>;
  readonly #onProgress: (line: string) => void;
  #browser: ChaosBrowser | undefined;
  /** The version of the last browser that started. */
  #version = 'unknown';

  constructor(launch: () => Promise<ChaosBrowser>, onProgress: (line: string) => void) {
    this.#launch = launch;
    this.#onProgress = onProgress;
  }

  get browser(): ChaosBrowser {
    if (!this.#browser) throw new Error('there is no browser');
    return this.#browser;
  }

  get version(): string {
    return this.#version;
  }

  isCurrent(browser: ChaosBrowser): boolean {
    return browser === this.#browser;
  }

  /** Resolves with what `prepare` resolves with. Rejects with a {@link BrowserFailure} after several attempts. */
  async start<T>(prepare: (browser: ChaosBrowser) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#browser = await this.#launchInTime();
        this.#version = this.#browser.version;
        return await prepare(this.#browser);
      } catch (cause) {
        await this.kill();
        const failed = `start ${attempt} of the browser failed: ${lineOf(cause)}`;
        this.#onProgress(failed);
        if (attempt === MOST_STARTS) throw new BrowserFailure(failed, { cause });
      }
    }
  }

  /** Resolves although the browser has ended by itself, or does not answer. */
  async kill(): Promise<void> {
    const browser = this.#browser;
    if (browser) await within(browser.kill()).catch(() => undefined);
  }

  async #launchInTime(): Promise<ChaosBrowser> {
    const launching = this.#launch();
    try {
      return await within(launching, LAUNCH_MS);
    } catch (error) {
      // Its profile belongs to the next browser.
      launching.then((late) => late.kill()).catch(() => undefined);
      throw error;
    }
  }
}

/** The first line of an error. Those of the driver of the browser go on with a log of its calls. */
export function lineOf(error: unknown): string {
  return String(error).split('\n')[0] ?? '';
}
