import type { Wire } from 'ackline/broadcast';
import type { Message } from '../../src/backends/broadcast/wire/messages.ts';
import { MemberKnowledge } from './member-knowledge.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { World } from './world.ts';

type Listener = (event: { readonly data: unknown }) => void;

/** What becomes of messages on their way, as probabilities. */
export interface MemberWireFaults {
  readonly lost: number;
  readonly doubled: number;
  /** Late by up to `latestMs`. */
  readonly late: number;
  readonly latestMs: number;
  /** It arrives as what the receiver cannot read. */
  readonly undecodable: number;
  /** The sender ends, before or after its message is sent. */
  readonly crashAtPost: number;
  /** Whether the messages of one sender reach one receiver in their order, as over a BroadcastChannel. */
  readonly isOrdered: boolean;
}

interface End {
  readonly memberId: () => string;
  readonly context: SimulatedContext;
  readonly listeners: Partial<Record<'message' | 'messageerror', Listener>>;
  /** By sender: its messages that are on their way, each as what delivers it. */
  readonly underWay: Map<SimulatedContext, Set<() => void>>;
}

/**
 * A bus between the contexts of a simulation, with its faults.
 *
 * The first event of a publisher that a member gets shows the member where that publisher's numbers begin. No receiver can
 * notice that an event before it was lost, so that this one event is never lost, doubled or late. BroadcastChannel loses
 * none.
 */
export class MemberWires {
  faults: MemberWireFaults;
  readonly knowledge = new MemberKnowledge();
  readonly counts: Record<string, number> = {};
  readonly #world: World;
  readonly #ends = new Set<End>();

  constructor(world: World, faults: MemberWireFaults) {
    this.#world = world;
    this.faults = faults;
  }

  get size(): number {
    return this.#ends.size;
  }

  /** `memberId` is called after the backend has been made. */
  open(context: SimulatedContext, memberId: () => string): Wire {
    const end: End = { memberId, context, listeners: {}, underWay: new Map() };
    this.#ends.add(end);
    context.whenEnded(() => this.#ends.delete(end));
    return {
      addEventListener: (type, listener) => {
        end.listeners[type] = listener;
      },
      postMessage: (message) => this.#post(end, message as Message),
      close: () => {
        this.#ends.delete(end);
      },
    };
  }

  /** The context becomes a member: messages that were sent to it before arrive before those that are sent afterwards. */
  join(memberId: string, channel: string): void {
    for (const end of this.#ends)
      if (end.memberId() === memberId)
        for (const queue of end.underWay.values()) for (const arrive of queue) arrive();
    this.knowledge.join(memberId, channel);
  }

  #post(from: End, message: Message): void {
    const { random } = this.#world;
    const { context } = from;
    if (context.isEnded) return;
    const crashes = random.chance(this.faults.crashAtPost);
    if (crashes) this.#count('crash-at-post');
    if (crashes && random.chance(0.5)) return context.end();
    this.knowledge.post(message);
    for (const end of [...this.#ends]) if (end !== from) this.#sendTo(end, context, message);
    if (crashes) context.end();
  }

  #sendTo(end: End, from: SimulatedContext, message: Message): void {
    const { random } = this.#world;
    const { lost, doubled, late, latestMs, undecodable } = this.faults;
    const hasFaults = !this.knowledge.isFirst(end.memberId(), message);
    const happens = (kind: string, share: number) => {
      const isHit = hasFaults && random.chance(share);
      if (isHit) this.#count(kind);
      return isHit;
    };
    if (happens('lost', lost)) return;
    const type = happens('undecodable', undecodable) ? 'messageerror' : 'message';
    const times = happens('doubled', doubled) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      const delayMs = happens('late', late) ? random.next() * latestMs : 0;
      this.#send(end, from, delayMs, type, message);
    }
  }

  #send(
    end: End,
    from: SimulatedContext,
    delayMs: number,
    type: 'message' | 'messageerror',
    message: Message,
  ): void {
    const data = type === 'message' ? structuredClone(message) : null;
    const queue = end.underWay.get(from) ?? new Set();
    end.underWay.set(from, queue);
    const arrive = () => {
      if (!queue.delete(arrive)) return;
      end.context.call(() => {
        // What has not arrived when the wire is closed is lost.
        if (!this.#ends.has(end)) return;
        if (type === 'message') this.knowledge.receive(end.memberId(), message);
        end.listeners[type]?.({ data });
      });
    };
    queue.add(arrive);
    if (delayMs === 0 && (queue.size === 1 || !this.faults.isOrdered)) return arrive();
    // With order, whatever was sent first arrives when the first of them is due. The order may begin while they are on their way.
    this.#world.after(delayMs, () => (this.faults.isOrdered ? [...queue][0]?.() : arrive()));
  }

  #count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }
}
