import type { InspectorPorts } from './inspector-ports.ts';

/** Reads one thing again and again, one read at a time. A read that fails is shown, and the next one is tried as usual. */
export class Reading<Found> {
  readonly #ports: Pick<InspectorPorts, 'fail'>;
  readonly #part: string;
  readonly #read: () => Found | Promise<Found>;
  readonly #show: (found: Found) => void;
  #isReading = false;
  #isEnded = false;

  constructor(
    ports: Pick<InspectorPorts, 'fail'>,
    part: string,
    read: () => Found | Promise<Found>,
    show: (found: Found) => void,
  ) {
    this.#ports = ports;
    this.#part = part;
    this.#read = read;
    this.#show = show;
  }

  async run(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    let fault: unknown;
    try {
      const found = await this.#read();
      if (!this.#isEnded) this.#show(found);
    } catch (error) {
      fault = error;
    }
    this.#isReading = false;
    if (!this.#isEnded) this.#ports.fail(this.#part, fault);
  }

  /** Nothing is shown after that, also of a read that runs. */
  end(): void {
    this.#isEnded = true;
    this.#ports.fail(this.#part, undefined);
  }
}
