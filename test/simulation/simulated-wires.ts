import type { SimulatedContext } from './simulated-context.ts';
import type { World } from './world.ts';

type Listener = (event: { readonly data: unknown }) => void;

/** What becomes of messages on their way, as probabilities. */
export interface WireFaults {
  readonly lost: number;
  readonly doubled: number;
  /** Late by up to `latestMs`, so that others overtake it. */
  readonly late: number;
  readonly latestMs: number;
}

export const SOUND_WIRE: WireFaults = { lost: 0, doubled: 0, late: 0, latestMs: 0 };

/** The BroadcastChannels of one origin, with a lossy wire between its contexts. */
export class SimulatedWires {
  readonly #world: World;
  readonly #ends = new Set<WireEnd>();
  faults: WireFaults = SOUND_WIRE;
  lostCount = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** A class that stands for BroadcastChannel. Each of its objects belongs to the context whose code makes it. */
  channelClass(): typeof BroadcastChannel {
    const wires = this;
    return class extends WireEnd {
      constructor(name: string) {
        super(name, wires.#world.current as SimulatedContext, wires);
      }
    } as unknown as typeof BroadcastChannel;
  }

  add(end: WireEnd): void {
    this.#ends.add(end);
    end.context.whenEnded(() => this.#ends.delete(end));
  }

  remove(end: WireEnd): void {
    this.#ends.delete(end);
  }

  post(from: WireEnd, message: unknown): void {
    const { random } = this.#world;
    for (const end of [...this.#ends]) {
      if (end === from || end.name !== from.name) continue;
      if (random.chance(this.faults.lost)) {
        this.lostCount += 1;
        continue;
      }
      const times = random.chance(this.faults.doubled) ? 2 : 1;
      for (let time = 0; time < times; time += 1) this.#send(end, structuredClone(message));
    }
  }

  #send(end: WireEnd, data: unknown): void {
    const { random } = this.#world;
    const arrive = () => {
      if (this.#ends.has(end)) end.context.call(() => end.receive(data));
    };
    if (!random.chance(this.faults.late)) return arrive();
    this.#world.after(random.next() * this.faults.latestMs, arrive);
  }
}

class WireEnd {
  readonly name: string;
  readonly context: SimulatedContext;
  readonly #wires: SimulatedWires;
  readonly #listeners: Listener[] = [];
  #isClosed = false;

  constructor(name: string, context: SimulatedContext, wires: SimulatedWires) {
    this.name = name;
    this.context = context;
    this.#wires = wires;
    wires.add(this);
  }

  addEventListener(type: string, listener: Listener): void {
    if (type === 'message') this.#listeners.push(listener);
  }

  postMessage(message: unknown): void {
    if (this.#isClosed) throw new DOMException('closed', 'InvalidStateError');
    this.#wires.post(this, message);
  }

  receive(data: unknown): void {
    if (!this.#isClosed) for (const listener of this.#listeners) listener({ data });
  }

  close(): void {
    this.#isClosed = true;
    this.#wires.remove(this);
  }
}
