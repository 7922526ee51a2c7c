import { newerBuild } from '../../backends/indexeddb/contexts/next-build.ts';
import { bundle } from '../../setup/bundle.ts';
import { pageOf, type ServedFile, type ServedPages, servePages } from '../../setup/serve-pages.ts';
import type { ChaosBatch, ChaosCommand } from './chaos-messages.ts';

/** Serves the contexts of the campaign in several builds of the library, and takes their reports. */
export class ChaosSite {
  readonly #files: Record<string, ServedFile>;
  readonly #pages: ServedPages;
  /** How often the schema was changed. */
  #build = 0;

  private constructor(files: Record<string, ServedFile>, pages: ServedPages) {
    this.#files = files;
    this.#pages = pages;
  }

  /** `answer` makes the answer to a batch. */
  static async open(answer: (batch: ChaosBatch) => ChaosCommand): Promise<ChaosSite> {
    let command: ChaosCommand = { mode: 'work' };
    const files: Record<string, ServedFile> = {
      '/elsewhere': { type: 'text/html', body: 'nothing happens here' },
      '/clear': {
        type: 'text/html',
        body: 'the data of this site is cleared',
        headers: { 'clear-site-data': '"storage"' },
      },
      '/records': {
        type: 'text/javascript',
        // Read after the batch was accepted.
        get body() {
          return JSON.stringify(command);
        },
      },
    };
    const pages = await servePages(files, (body) => {
      command = answer(JSON.parse(body) as ChaosBatch);
    });
    const site = new ChaosSite(files, pages);
    await site.#addBuild();
    return site;
  }

  get url(): string {
    return this.#pages.url;
  }

  /** The address of a page of the newest build. */
  addressFor(parameters: Readonly<Record<string, string>>): string {
    return `${this.url}/page-${this.#build}?${new URLSearchParams(parameters)}`;
  }

  /** From now on addresses are those of a build whose schema is newer. */
  async raiseSchema(): Promise<void> {
    this.#build += 1;
    await this.#addBuild();
  }

  close(): Promise<void> {
    return this.#pages.close();
  }

  async #addBuild(): Promise<void> {
    const script = `/context-${this.#build}.js`;
    const body = await bundle(
      new URL('./chaos-context.ts', import.meta.url),
      newerBuild(this.#build),
    );
    this.#files[script] = { type: 'text/javascript', body };
    this.#files[`/page-${this.#build}`] = pageOf(script);
  }
}
