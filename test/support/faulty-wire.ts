import { onTestFinished, vi } from 'vitest';

/** What becomes of messages that are posted. */
export type WireFault = 'none' | 'lost' | 'doubled' | 'late';

export interface FaultyWire {
  fault: WireFault;
  /** How many messages are late. */
  readonly lateCount: number;
  /** Delivers what is late. */
  release(): void;
}

/** Puts a fault between the contexts of this realm that are opened from now on, until the test is over. */
export function faultyWire(): FaultyWire {
  const late: (() => void)[] = [];
  const wire: FaultyWire = {
    fault: 'none',
    get lateCount() {
      return late.length;
    },
    release: () => {
      for (const post of late.splice(0)) post();
    },
  };
  class FaultyChannel extends BroadcastChannel {
    override postMessage(message: unknown): void {
      const post = () => super.postMessage(message);
      if (wire.fault === 'late') late.push(post);
      else if (wire.fault !== 'lost') post();
      if (wire.fault === 'doubled') post();
    }
  }
  vi.stubGlobal('BroadcastChannel', FaultyChannel);
  onTestFinished(() => void vi.unstubAllGlobals());
  return wire;
}
