import type { Membership } from '../members/membership.ts';
import type { AskMessage, HelloMessage, RecallMessage } from '../wire/messages.ts';
import type { KnownStreams } from './known-streams.ts';
import type { ReplayBuffer } from './replay-buffer.ts';

/** Answers those who come late or have missed something. */
export class ReplayResponder {
  readonly #membership: Membership;
  readonly #replayBuffer: ReplayBuffer;
  readonly #knownStreams: KnownStreams;

  constructor(membership: Membership, replayBuffer: ReplayBuffer, knownStreams: KnownStreams) {
    this.#membership = membership;
    this.#replayBuffer = replayBuffer;
    this.#knownStreams = knownStreams;
  }

  /** Who joins is told where this context's own events begin for him, and whether there is a history; who comes back, all that is known. */
  hearHello({ from: to, joined, returned }: HelloMessage): void {
    const { selfId } = this.#membership;
    const heads = [
      ...joined.flatMap((channel) =>
        this.#knownStreams.heads(channel).filter(({ publisher }) => publisher === selfId),
      ),
      ...returned.flatMap((channel) => this.#knownStreams.heads(channel)),
    ];
    const histories = joined.filter((channel) => this.#replayBuffer.hasHistory(channel));
    // A member that has nothing says so: it may be waited for.
    if (heads.length > 0 || joined.some((channel) => this.#membership.isMember(channel)))
      this.#membership.post({ kind: 'heads', to, heads, joined, histories });
  }

  hearAsk(message: AskMessage): void {
    const { from: to, channel, publisher } = message;
    const known = this.#knownStreams.ofStream(channel, publisher);
    const found = this.#replayBuffer.find(message, known);
    this.#membership.post({ kind: 'replay', to, channel, publisher, head: known.head, ...found });
  }

  hearRecall({ from: to, channel, count }: RecallMessage): void {
    const events = this.#replayBuffer.history(channel, count);
    this.#membership.post({
      kind: 'history',
      to,
      channel,
      events,
      heads: this.#knownStreams.cursors(channel),
    });
  }
}
