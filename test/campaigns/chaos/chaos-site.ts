import { newerBuild } from '../../backends/indexeddb/contexts/next-build.ts';
import { bundle } from '../../setup/bundle.ts';
import { pageOf, type ServedFile, type ServedPages, servePages } from '../../setup/serve-pages.ts';
import type { ChaosBatch, ChaosCommand, PageSettings } from './chaos-messages.ts';

const REPORT_SERVERS = 10;

function serveReports(answer: (batch: ChaosBatch) => ChaosCommand): Promise<ServedPages> {
  // Names no batch until one was taken.
  let command: ChaosCommand = { mode: 'work', base: '', number: 0 };
  const records: ServedFile = {
    type: 'text/javascript',
    // Read after the batch was accepted.
    get body() {
      return JSON.stringify(command);
    },
  };
  return servePages({ '/records': records }, (body) => {
    command = answer(JSON.parse(body) as ChaosBatch);
  });
}

/** Serves the contexts of the campaign in several builds of the library, and takes their reports. */
export class ChaosSite {
  readonly #files: Record<string, ServedFile>;
  readonly #pages: ServedPages;
  readonly #reports: readonly ServedPages[];
  /** How often the schema was changed. */
  #build = 0;

  private constructor(
    files: Record<string, ServedFile>,
    pages: ServedPages,
    reports: readonly ServedPages[],
  ) {
    this.#files = files;
    this.#pages = pages;
    this.#reports = reports;
  }

  /** `answer` makes the answer to a batch. */
  static async open(answer: (batch: ChaosBatch) => ChaosCommand): Promise<ChaosSite> {
    const files: Record<string, ServedFile> = {
      '/elsewhere': { type: 'text/html', body: 'nothing happens here' },
      '/clear': {
        type: 'text/html',
        body: 'the data of this site is cleared',
        headers: { 'clear-site-data': '"storage"' },
      },
    };
    const reports = await Promise.all(
      Array.from({ length: REPORT_SERVERS }, () => serveReports(answer)),
    );
    const site = new ChaosSite(files, await servePages(files), reports);
    await site.#addBuild();
    return site;
  }

  /** An address for batches. Browsers limit the connections to one server, so contexts should use different ones. */
  reportsAt(index: number): string {
    return `${this.#reports[index % REPORT_SERVERS]?.url}/records`;
  }

  get url(): string {
    return this.#pages.url;
  }

  /** The address of a page of the newest build. */
  addressFor(settings: PageSettings): string {
    return `${this.url}/page-${this.#build}?${new URLSearchParams(Object.entries(settings))}`;
  }

  /** From now on addresses are those of a build whose schema is newer. */
  async raiseSchema(): Promise<void> {
    this.#build += 1;
    await this.#addBuild();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pages, ...this.#reports].map((served) => served.close()));
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
