import type { BroadcastBackendOptions } from 'ackline/broadcast';
import { ManualRuntime } from 'ackline/testing';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedLine } from './simulated-line.ts';

/** A world whose contexts a test opens, and whose threads it stops; messages take a millisecond. */
export function openSimulation() {
  const runtime = new ManualRuntime();
  const line = new SimulatedLine(runtime, 1);
  const open = (name: string, options?: Partial<BroadcastBackendOptions>) =>
    new SimulatedContext(name, { runtime, openWire: (context) => line.open(context) }, options);
  const openMember = (name: string, options?: Partial<BroadcastBackendOptions>) => {
    const member = open(name, options);
    member.listen();
    return member;
  };
  /** Publishes, one event a message. */
  const publish = async (context: SimulatedContext, count: number) => {
    for (let left = count; left > 0; left -= 1) {
      await context.publish(1);
      await runtime.advance(1);
    }
  };
  return { runtime, open, openMember, publish };
}

/** The numbers of one publisher's events, in the order in which they were handled. */
export function numbersOf({ handled }: SimulatedContext, publisher: SimulatedContext): number[] {
  return handled
    .filter((payload) => payload.publisher === publisher.name)
    .map(({ number }) => number);
}
