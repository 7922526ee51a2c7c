import { onTestFinished, vi } from 'vitest';

/** What happens to posted messages. */
export type WireFault = 'none' | 'lost' | 'doubled' | 'late';

export interface FaultyWire {
  fault: WireFault;
  /** The number of messages that wait for `release()`. */
  readonly lateCount: number;
  /** Delivers the late messages. */
  release(): void;
}

/** Until the end of the test, contexts of this realm that are opened later exchange messages with this fault. */
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
