import type { Happening } from '../happening.ts';
import type { ChannelName } from './channels.ts';
import { type ConsumerControls, type ConsumerState, IDLE_STATE } from './consumer.ts';
import type { HandlerSettings } from './handlers.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerWatcher {
  changed(): void;
  happened(happenings: readonly Happening[]): void;
  failed(message: string): void;
}

/** The worker as a consumer. It starts with the first channel to listen on. */
export class WorkerConsumer implements ConsumerControls {
  readonly #watcher: WorkerWatcher;
  #worker: Worker | undefined;
  #settings: HandlerSettings | undefined;
  #state = IDLE_STATE;

  constructor(watcher: WorkerWatcher) {
    this.#watcher = watcher;
  }

  get state(): ConsumerState {
    return this.#state;
  }

  get isAlive(): boolean {
    return this.#worker !== undefined;
  }

  start(channel: ChannelName): void {
    this.#worker ??= this.#startWorker();
    this.#post({ type: 'start', channel });
  }

  stop(channel: ChannelName): void {
    this.#post({ type: 'stop', channel });
  }

  release(channel: ChannelName): void {
    this.#post({ type: 'release', channel });
  }

  configure(settings: HandlerSettings): void {
    this.#settings = settings;
    this.#post({ type: 'configure', settings });
  }

  /** Ends the worker like a crash: at any point of its work, and without a message. */
  terminate(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#state = IDLE_STATE;
    this.#watcher.changed();
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (this.#worker === worker) this.#receive(data);
    });
    worker.addEventListener('error', ({ message }) => {
      this.#watcher.failed(message || 'the worker could not be started');
    });
    const settings = this.#settings;
    if (settings) worker.postMessage({ type: 'configure', settings } satisfies ToWorker);
    return worker;
  }

  #receive(message: FromWorker): void {
    if (message.type === 'fault') {
      this.#watcher.failed(message.message);
      return;
    }
    this.#state = message.state;
    this.#watcher.happened(message.happenings);
    this.#watcher.changed();
  }
}
