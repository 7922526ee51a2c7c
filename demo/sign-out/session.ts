import { EventChannel, type Listener, type Observer } from 'ackline';
import { indexedDbBackend, partitions, purgePartition } from 'ackline/indexeddb';

const database = 'ackline-sign-out';
const CHANNEL = 'order.placed';

/** How long the server takes, so that a visitor can sign out meanwhile. */
const SEND_MS = 700;

export interface Order {
  readonly number: number;
}

export type SessionEvents = EventChannel<{ 'order.placed': Order }>;

export interface SessionPorts {
  readonly observer: Observer;
  /** The server has got an order, under the name of a user. */
  readonly sent: (user: string, order: Order) => void;
  /** The partition was deleted, here or in another tab. */
  readonly ended: () => void;
}

/** The time between a sign-in and a sign-out. All of it happens in the partition of the user. */
export class Session {
  readonly user: string;
  readonly events: SessionEvents;
  readonly #ports: SessionPorts;
  #listener: Listener | undefined;

  constructor(user: string, ports: SessionPorts) {
    this.user = user;
    this.#ports = ports;
    const { observer } = ports;
    // #region open
    // Each user has a partition: own events, own leases.
    const backend = indexedDbBackend({ database, partition: user });
    this.events = new EventChannel({ backend, observer });
    // #endregion
    backend.watchStatus(({ state, reason }) => {
      if (state === 'closed' && reason?.code === 'destroyed') ports.ended();
    });
  }

  write(number: number): Promise<string> {
    return this.events.publish(CHANNEL, { number });
  }

  /** Sends while there is a network. */
  async setOnline(isOnline: boolean): Promise<void> {
    if (!isOnline) {
      await this.#listener?.stop();
      this.#listener = undefined;
      return;
    }
    this.#listener ??= this.events.listen(CHANNEL, async ({ payload }) => {
      await new Promise((resolve) => setTimeout(resolve, SEND_MS));
      this.#ports.sent(this.user, payload);
    });
  }

  async countWaiting(): Promise<number> {
    const { ready, leased, scheduled } = await this.events.stats(CHANNEL);
    return ready + leased + scheduled;
  }

  async signOut(how: 'keep' | 'purge'): Promise<void> {
    const { user, events } = this;
    // #region purge
    // Deleted in every tab, whatever it does at that moment.
    const deletion = { database, partition: user };
    if (how === 'purge') await purgePartition(deletion);
    // #endregion
    // #region keep
    // What waits is sent when its user is back.
    await events.shutdown();
    // #endregion
  }
}

/** The users who have something on this device. */
export function usersOnDevice(): Promise<readonly string[]> {
  return partitions({ database });
}
