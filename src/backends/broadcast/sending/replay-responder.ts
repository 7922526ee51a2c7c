import type { Archive } from './replay-buffer.ts';
import type { Knowledge } from './known-streams.ts';
import type { Line } from '../members/membership.ts';
import type { AskMessage, HelloMessage, RecallMessage } from '../wire/messages.ts';

/** Answers those who come late or have missed something. */
export class Librarian {
  readonly #line: Line;
  readonly #archive: Archive;
  readonly #knowledge: Knowledge;

  constructor(line: Line, archive: Archive, knowledge: Knowledge) {
    this.#line = line;
    this.#archive = archive;
    this.#knowledge = knowledge;
  }

  /** Who joins is told where this context's own events begin for him, and whether there is a history; who comes back, all that is known. */
  hearHello({ from: to, joined, returned }: HelloMessage): void {
    const { selfId } = this.#line;
    const heads = [
      ...joined.flatMap((channel) =>
        this.#knowledge.heads(channel).filter(({ publisher }) => publisher === selfId),
      ),
      ...returned.flatMap((channel) => this.#knowledge.heads(channel)),
    ];
    const histories = joined.filter((channel) => this.#archive.hasHistory(channel));
    // A member that has nothing says so: it may be waited for.
    if (heads.length > 0 || joined.some((channel) => this.#line.isMember(channel)))
      this.#line.post({ kind: 'heads', to, heads, joined, histories });
  }

  hearAsk(message: AskMessage): void {
    const { from: to, channel, publisher } = message;
    const known = this.#knowledge.ofStream(channel, publisher);
    const found = this.#archive.find(message, known);
    this.#line.post({ kind: 'replay', to, channel, publisher, head: known.head, ...found });
  }

  hearRecall({ from: to, channel, count }: RecallMessage): void {
    const events = this.#archive.history(channel, count);
    this.#line.post({
      kind: 'history',
      to,
      channel,
      events,
      heads: this.#knowledge.cursors(channel),
    });
  }
}
