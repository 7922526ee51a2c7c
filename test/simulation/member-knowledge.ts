import type {
  HelloMessage,
  Message,
  Position,
} from '../../src/backends/broadcast/wire/messages.ts';

/** By publisher: the greatest number that a member certainly knows of since it joined the channel. */
type LastSeqs = Map<string, number>;

/**
 * Which member certainly knows of which events, by the messages that it got, and what of that it certainly reports to others. That
 * decides whether a loss could have been reported. It may count less than a member knows, and never more.
 */
export class MemberKnowledge {
  /** By member and channel. */
  readonly #channels = new Map<string, LastSeqs>();
  /** By member and channel: what it reports to each other member, where that does not end or leave before. */
  readonly #reported = new Map<string, Map<string, LastSeqs>>();
  /** By payload, which no other event has. */
  readonly #positions = new Map<string, Position>();

  join(memberId: string, channel: string): void {
    this.#channels.set(nameOf(memberId, channel), new Map());
    this.#reported.set(nameOf(memberId, channel), new Map());
  }

  leave(memberId: string, channel: string): void {
    this.#channels.delete(nameOf(memberId, channel));
    this.#reported.delete(nameOf(memberId, channel));
  }

  post(message: Message): void {
    if (message.kind !== 'events') return;
    for (const { payload, channel, publisher, seq } of message.events)
      this.#positions.set(String(payload), { channel, publisher, seq });
  }

  /** Whether the message has the first event from which this member learns where the numbers of its publisher begin. */
  isFirst(memberId: string, message: Message): boolean {
    if (message.kind !== 'events') return false;
    return message.events.some(({ channel, publisher }) => {
      const known = this.#channels.get(nameOf(memberId, channel));
      return known !== undefined && !known.has(publisher);
    });
  }

  receive(memberId: string, message: Message): void {
    if (message.kind === 'hello') this.#receiveHello(memberId, message);
    for (const { channel, publisher, seq } of positionsIn(message, memberId)) {
      const known = this.#channels.get(nameOf(memberId, channel));
      // Another context may announce what was published before this member joined.
      if (known === undefined || !(known.has(publisher) || publisher === message.from)) continue;
      known.set(publisher, Math.max(seq, known.get(publisher) ?? 0));
    }
  }

  /** This member reports to a context that returns what it knows now, and that context reports what it knew when it returned. */
  #receiveHello(memberId: string, { from, returned, heads = [] }: HelloMessage): void {
    for (const channel of returned)
      for (const [publisher, seq] of this.#channels.get(nameOf(memberId, channel)) ?? [])
        this.#tell(memberId, from, { channel, publisher, seq });
    for (const { channel, publisher, seq } of heads) {
      const known = this.#channels.get(nameOf(from, channel))?.get(publisher) ?? 0;
      this.#tell(from, memberId, { channel, publisher, seq: Math.min(seq, known) });
    }
  }

  #tell(from: string, to: string, { channel, publisher, seq }: Position): void {
    const reported = this.#reported.get(nameOf(from, channel));
    const lastSeqs = reported?.get(to) ?? new Map<string, number>();
    reported?.set(to, lastSeqs.set(publisher, Math.max(seq, lastSeqs.get(publisher) ?? 0)));
  }

  /** Whether the member learns of the event with this payload, by itself or from one of these contexts. */
  isKnownTo(memberId: string, payload: string, memberIds: readonly string[]): boolean {
    const position = this.#positions.get(payload);
    if (position === undefined) return false;
    const { channel, publisher, seq } = position;
    const reported = memberIds.map((from) =>
      this.#reported.get(nameOf(from, channel))?.get(memberId),
    );
    return (
      memberIds.includes(publisher) ||
      [this.#channels.get(nameOf(memberId, channel)), ...reported].some(
        (lastSeqs) => (lastSeqs?.get(publisher) ?? 0) >= seq,
      )
    );
  }
}

function nameOf(memberId: string, channel: string): string {
  return `${memberId} ${channel}`;
}

function positionsIn(message: Message, memberId: string): readonly Position[] {
  if (message.kind === 'events') return message.events;
  if (message.kind === 'hello') return message.heads ?? [];
  return message.kind === 'heads' && message.to === memberId ? message.heads : [];
}
