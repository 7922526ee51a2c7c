import type { IndexedDbBackendOptions } from 'ackline/indexeddb';
import type { EngineName } from '../../../setup/engine-names.mjs';
import { launchEngine } from '../../../setup/engines.ts';
import type { Engine, Tab } from '../../../setup/tab.ts';
import { until } from '../../../support/until.ts';
import type { ContextMessage } from './consumer.ts';
import { type ServedContexts, serveContexts } from './serve-contexts.ts';

export const WORKERS = [
  'DedicatedWorkerGlobalScope',
  'SharedWorkerGlobalScope',
  'ServiceWorkerGlobalScope',
] as const;

export type Handled = Extract<ContextMessage, { readonly type: 'handled' }>;

/** All kinds of contexts of one origin in one browser. */
export class Crowd {
  readonly engine: Engine;
  /** Publishes, starts the workers and receives the reports of all contexts. It consumes nothing itself. */
  readonly main: Tab;
  readonly #served: ServedContexts;

  private constructor(engine: Engine, main: Tab, served: ServedContexts) {
    this.engine = engine;
    this.main = main;
    this.#served = served;
  }

  /** With a main tab, a tab that is called `tab`, and one worker of each kind. */
  static async gather(name: EngineName): Promise<Crowd> {
    const served = await serveContexts();
    const engine = await launchEngine(name);
    const main = await openContext(engine, served, 'main');
    const crowd = new Crowd(engine, main, served);
    await crowd.openTab('tab');
    await main.evaluate(() => window.startWorkers());
    for (const worker of WORKERS) await crowd.#untilArrived('stopped', worker);
    return crowd;
  }

  openTab(name: string, options: Partial<IndexedDbBackendOptions> = {}): Promise<Tab> {
    return openContext(this.engine, this.#served, name, options);
  }

  /** Tabs that are called by the name and a number. */
  openTabs(
    count: number,
    name: string,
    options: Partial<IndexedDbBackendOptions> = {},
  ): Promise<Tab[]> {
    const opening = Array.from({ length: count }, (_, index) =>
      this.openTab(`${name} ${index}`, options),
    );
    return Promise.all(opening);
  }

  async startWorker(name: string): Promise<void> {
    await this.main.evaluate((wanted) => window.startWorker(wanted), name);
    await this.#untilArrived('stopped', name);
  }

  async terminateWorker(name: string): Promise<void> {
    await this.main.evaluate((wanted) => window.terminateWorker(wanted), name);
  }

  /** Makes a page navigate to another page. */
  async sendAway(name: string): Promise<void> {
    const before = (await this.messagesOf('away', 'away')).length;
    await this.main.evaluate((context) => window.send({ type: 'leave', context }), name);
    await this.#untilArrived('away', 'away', before);
  }

  /** Makes that page return. Resolves with whether the browser had kept it in the back/forward cache. */
  async callBack(name: string): Promise<boolean> {
    await this.main.evaluate(() => window.send({ type: 'come back', context: 'away' }));
    await this.#untilArrived('returned', name);
    const [returned] = await this.messagesOf('returned', name);
    return returned?.type === 'returned' && returned.isKept;
  }

  /** Lets a hanging context acknowledge its events and stop. Resolves with its report. */
  async settled(name: string): Promise<ContextMessage | undefined> {
    await this.main.evaluate((context) => window.send({ type: 'settle', context }), name);
    await this.#untilArrived('settled', name);
    // Otherwise the context would hang again in its next event.
    await this.command('stop', name);
    return (await this.messagesOf('settled', name)).at(-1);
  }

  messagesOf(type: ContextMessage['type'], context: string): Promise<ContextMessage[]> {
    return this.main.evaluate(
      ([wanted, from]) =>
        window.messages.filter((one) => one.type === wanted && one.context === from),
      [type, context] as const,
    );
  }

  async handled(): Promise<Handled[]> {
    const all = await this.main.evaluate(() =>
      window.messages.filter(({ type }) => type === 'handled'),
    );
    return all as Handled[];
  }

  async command(
    type: 'listen' | 'stop',
    context: string,
    mode: 'ack' | 'hang' = 'ack',
  ): Promise<void> {
    const answer = type === 'listen' ? 'listening' : 'stopped';
    const before = (await this.messagesOf(answer, context)).length;
    await this.main.evaluate((message) => window.send(message), { type, context, mode });
    await this.#untilArrived(answer, context, before);
  }

  publish(payloads: readonly number[]): Promise<string[]> {
    return this.main.evaluate(
      (all) => Promise.all(all.map((payload) => window.events.publish('work', payload))),
      payloads,
    );
  }

  async isDrained(): Promise<boolean> {
    const { ready, leased, scheduled } = await this.main.evaluate(() =>
      window.events.stats('work'),
    );
    return ready + leased + scheduled === 0;
  }

  async disperse(): Promise<void> {
    await this.engine.close();
    await this.#served.close();
  }

  async #untilArrived(type: ContextMessage['type'], context: string, before = 0): Promise<void> {
    const hasArrived = async () => (await this.messagesOf(type, context)).length > before;
    await until(hasArrived, `${type} from ${context}`);
  }
}

async function openContext(
  engine: Engine,
  { url }: ServedContexts,
  name: string,
  options: Partial<IndexedDbBackendOptions> = {},
): Promise<Tab> {
  const given = encodeURIComponent(JSON.stringify(options));
  const tab = await engine.openTab(`${url}/?name=${name}&options=${given}`);
  await tab.waitFor(() => window.events !== undefined);
  return tab;
}
