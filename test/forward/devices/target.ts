import type { Random } from '../../simulation/random.ts';
import type { LineState, NetworkLine } from '../../support/network-line.ts';
import { until } from '../../support/until.ts';
import type { DeviceOptions } from './device-page.ts';
import type { Arrival } from './judge-arrivals.ts';

/** Where the events of devices go: servers on this machine, and the network before them. */
export interface Target {
  readonly kind: DeviceOptions['to'];
  /** What a page connects to. */
  readonly url: string;
  /** Faults of servers and network by their names. Each is over when it resolves. */
  readonly faults: Readonly<Record<string, (random: Random) => Promise<void>>>;
  /** The ids that the servers have received, repetitions included. Some are missing where a server was killed. */
  readonly received: readonly string[];
  /** What is stored, in the order of storage. */
  arrivals(): Promise<readonly Arrival[]>;
  end(): Promise<void>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Faults of one line. Silence lasts for longer than a request waits in half of the cases. `answerBytes` are lost at least while the
 * line is deaf: more than the answer to a ping where there are pings, and 1 where a client waits for the first lost answer for ever.
 */
export function lineFaults(name: string, line: NetworkLine, answerBytes: number): Target['faults'] {
  const during = async (state: LineState, ms: number) => {
    line.become(state);
    await pause(ms);
    line.become('open');
  };
  return {
    [`${name} cut`]: (random) => during('cut', random.whole(100, 1_000)),
    [`${name} silent`]: (random) => during('silent', random.whole(200, 3_000)),
    [`${name} deaf`]: async (random) => {
      const before = line.lostBytes;
      line.become('deaf');
      await until(() => line.lostBytes - before >= answerBytes, 'an answer that is lost');
      await pause(random.whole(0, 300));
      line.become('open');
    },
  };
}

/** How long a server that was killed stays away. */
export const away = (random: Random): Promise<unknown> => pause(random.whole(0, 700));
