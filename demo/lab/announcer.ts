import type { ChannelStats } from 'ackline';
import { setText } from '../dom.ts';
import { throttle } from '../throttle.ts';
import type { ChannelName } from './channels.ts';

/** Announces the counts to screen readers, rarely enough to be listened to. */
export class Announcer {
  readonly #host: HTMLElement;
  readonly #lines = new Map<ChannelName, string>();
  readonly #speak = throttle(() => setText(this.#host, [...this.#lines.values()].join(' ')), 3_000);

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  show(channel: ChannelName, { ready, leased, scheduled, dead }: ChannelStats): void {
    const counts = `${ready} ready, ${leased} leased, ${scheduled} scheduled, ${dead} dead.`;
    this.#lines.set(channel, `${channel}: ${counts}`);
    this.#speak();
  }
}
