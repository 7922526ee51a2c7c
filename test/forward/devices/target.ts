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

/** More bytes than a ping's answer has. */
const AN_ANSWER = 100;

/** Faults of one line. Silence lasts for longer than a request waits in half of the cases. */
export function lineFaults(name: string, line: NetworkLine): Target['faults'] {
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
      await until(() => line.lostBytes > before + AN_ANSWER, 'an answer that is lost');
      await pause(random.whole(0, 300));
      line.become('open');
    },
  };
}

/** How long a server that was killed stays away. */
export const away = (random: Random): Promise<unknown> => pause(random.whole(0, 700));
