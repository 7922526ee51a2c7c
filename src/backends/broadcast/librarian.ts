import type { Archive } from './archive.ts';
import type {
  AskMessage,
  HeadsMessage,
  HelloMessage,
  HistoryMessage,
  RecallMessage,
  ReplayMessage,
} from './messages.ts';

export interface LibrarianPorts {
  readonly selfId: string;
  readonly archive: Archive;
  readonly isMember: (channel: string) => boolean;
  readonly post: (message: HeadsMessage | ReplayMessage | HistoryMessage) => void;
  /** How far this context has come with each publisher it knows of, itself among them. */
  readonly headsOf: (channel: string) => ReadonlyMap<string, number>;
}

/** Answers those who come late or have missed something. */
export class Librarian {
  readonly #ports: LibrarianPorts;

  constructor(ports: LibrarianPorts) {
    this.#ports = ports;
  }

  /** Who joins is told where this context's own events begin for him, and whether there is a history; who comes back, all that is known. */
  hearHello({ from, joined, returned }: HelloMessage): void {
    const { selfId, archive, isMember, post, headsOf } = this.#ports;
    const headsFor = (channel: string, isWanted: (publisher: string) => boolean) =>
      [...headsOf(channel)]
        .filter(([publisher, seq]) => seq > 0 && isWanted(publisher))
        .map(([publisher, seq]) => ({ channel, publisher, seq }));
    const heads = [
      ...joined.flatMap((channel) => headsFor(channel, (publisher) => publisher === selfId)),
      ...returned.flatMap((channel) => headsFor(channel, (publisher) => publisher !== from)),
    ];
    const histories = joined.filter((channel) => archive.hasHistory(channel));
    // A member that has nothing says so: it may be waited for.
    if (heads.length > 0 || joined.some(isMember))
      post({ kind: 'heads', from: selfId, to: from, heads, joined, histories });
  }

  hearAsk(message: AskMessage): void {
    const { selfId, archive, post, headsOf } = this.#ports;
    const { from: to, channel, publisher } = message;
    const head = headsOf(channel).get(publisher) ?? 0;
    const found = archive.find(message, head);
    post({ kind: 'replay', from: selfId, to, channel, publisher, head, ...found });
  }

  hearRecall({ from: to, channel, count }: RecallMessage): void {
    const { selfId, archive, post, headsOf } = this.#ports;
    const events = archive.history(channel, count);
    const heads = [...headsOf(channel)].map(([publisher, seq]) => ({ channel, publisher, seq }));
    post({ kind: 'history', from: selfId, to, channel, events, heads });
  }
}
