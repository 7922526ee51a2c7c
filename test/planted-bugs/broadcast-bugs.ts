import type { PlantedBug } from './planted-bug.ts';

const ROOM = 'src/backends/broadcast';
const INBOX = `${ROOM}/receiving/channel-inbox.ts`;
const COPIES = `${ROOM}/receiving/local-copies.ts`;
const CONFIRMATIONS = `${ROOM}/sending/confirmations.ts`;
const LOCKS = `${ROOM}/members/lock-roster.ts`;

/** Mistakes in the broadcast backend. */
export const BROADCAST_BUGS: readonly PlantedBug[] = [
  {
    name: 'broadcast: a gap is not noticed',
    file: INBOX,
    from: "if (reception !== 'behind') this.#repair.repair(stream);",
    to: "if (reception !== 'behind') return;",
    test: 'test/backends/broadcast/receiving/gap-repair.test.ts',
  },
  {
    name: 'broadcast: what a history counts and lacks is never requested',
    file: `${ROOM}/receiving/publisher-streams.ts`,
    from: 'if (this.#begunByHistory.delete(stream)) stream.rewind(seq);',
    to: 'void seq;',
    test: 'test/backends/broadcast/receiving/late-announcement.test.ts',
  },
  {
    name: 'broadcast: an answer removes what its publisher has published since',
    file: 'src/backends/broadcast/receiving/publisher-stream.ts',
    from: 'seq > lastSeq && this.#sinceAsked.buffered.has(seq)',
    to: 'seq > lastSeq',
    test: 'test/backends/broadcast/receiving/publisher-stream.test.ts',
  },
  {
    name: 'broadcast: an old answer of a publisher hides what was announced since',
    file: 'src/backends/broadcast/receiving/publisher-stream.ts',
    from: 'Math.min(this.lastSeq, lastSeq), this.#sinceAsked.learnt);',
    to: 'Math.min(this.lastSeq, lastSeq));',
    test: 'test/backends/broadcast/receiving/publisher-stream.test.ts',
  },
  {
    name: 'broadcast: an answer to an earlier question removes what its publisher has published since',
    file: `${ROOM}/receiving/gap-repair.ts`,
    from: 'const isPublisher = isCurrent && from',
    to: 'const isPublisher = from',
    test: 'test/backends/broadcast/receiving/publisher-stream.test.ts',
  },
  {
    name: 'broadcast: a history for an earlier membership ends the wait for the present one',
    file: INBOX,
    from: 'if (this.#historyRequest?.question !== question) return',
    to: 'if (this.#historyRequest?.question === undefined) return',
    test: 'test/backends/broadcast/receiving/history.test.ts',
  },
  {
    name: 'broadcast: an event behind a gap is delivered at once',
    file: INBOX,
    from: "if (reception === 'in-order') this.#deliver(sized);",
    to: "if (reception !== 'behind') this.#deliver(sized);",
  },
  {
    name: 'broadcast: a forged last number removes events that have arrived',
    file: 'src/backends/broadcast/receiving/gap-repair.ts',
    from: 'this.#inbox.deliver(stream.truncate(head))',
    to: 'stream.truncate(head)',
    test: 'test/backends/broadcast/receiving/forgery.test.ts',
  },
  {
    name: 'broadcast: a flood takes the room of other publishers',
    file: 'src/backends/broadcast/receiving/byte-budget.ts',
    from: 'if (!this.#makeRoom()) return false;',
    to: 'return false;',
    test: 'test/backends/broadcast/receiving/byte-budget.test.ts',
  },
  {
    name: 'broadcast: the wait for a history keeps the room of gaps',
    file: INBOX,
    from: 'return [history, ...ofStreams];',
    to: 'return ofStreams;',
    test: 'test/backends/broadcast/receiving/byte-budget.test.ts',
  },
  {
    name: 'broadcast: a replay delivers an event again',
    file: INBOX,
    from: 'if (this.seen.has(sized.event.eventId)) return;',
    to: '',
  },
  {
    name: 'broadcast: the history overtakes events that are on their way',
    file: 'src/backends/broadcast/receiving/publisher-streams.ts',
    from: 'createdAt > this.#joinedAt : seq >= first;',
    to: 'createdAt > this.#joinedAt : false;',
    test: 'test/backends/broadcast/receiving/history.test.ts',
  },
  {
    name: 'broadcast: the numbers of a publisher do not advance',
    file: `${ROOM}/sending/event-sender.ts`,
    from: 'this.#lastSeqs.set(event.channel, sized.event.seq);',
    to: '',
  },
  {
    name: 'broadcast: a gap is given up without a report',
    file: `${ROOM}/receiving/gap-repair.ts`,
    from: 'this.#reportMissed(stream, stream.skipGap());',
    to: 'stream.skipGap();',
  },
  {
    name: 'broadcast: a full backlog drops events without a report',
    file: `${ROOM}/receiving/inbox.ts`,
    from: 'for (const queue of this.#copies.add(sized, isReplayed))',
    to: 'for (const queue of this.#copies.add(sized, isReplayed).filter(() => isReplayed))',
  },
  {
    name: 'broadcast: a page that resumes does not ask for missed events',
    file: `${ROOM}/fan-out.ts`,
    from: 'if (await this.membership.resume()) this.onOpen();',
    to: 'await this.membership.resume();',
  },
  {
    name: 'broadcast: the receipt is sent before the event is handled',
    file: COPIES,
    from: 'this.#open.set(keyOf(queue, eventId), { queue, eventId, bytes, owed });',
    to: "this.#open.set(keyOf(queue, eventId), { queue, eventId, bytes, owed: null });\n    if (owed) this.#options.onReceipt(owed.publisher, { eventId, outcome: 'acknowledged', reason: null });",
  },
  {
    name: 'broadcast: a rejection is reported as an acknowledgement',
    file: COPIES,
    from: "this.#end(event.channel, event.eventId, 'rejected', event.reason);",
    to: "this.#end(event.channel, event.eventId, 'acknowledged', event.reason);",
  },
  {
    name: 'broadcast: a member that vanished counts as one that acknowledged',
    file: CONFIRMATIONS,
    from: "this.#note(pending, memberId, 'vanished');",
    to: "this.#note(pending, memberId, 'acknowledged');",
  },
  {
    name: 'broadcast: the wait for receipts ends one member too early',
    file: CONFIRMATIONS,
    from: 'if (awaited.size === 0 ||',
    to: 'if (awaited.size <= 1 ||',
  },
  {
    name: 'broadcast: a member without heartbeats is never removed',
    file: `${ROOM}/members/heartbeat-roster.ts`,
    from: 'if (peer.silentHeartbeats <= MAX_SILENT_HEARTBEATS) continue;',
    to: 'continue;',
  },
  {
    name: 'broadcast: a page that joined while it was suspended waits for its own lock',
    file: LOCKS,
    from: 'this.#free(held);\n      this.#held.set(channel, this.#hold(channel));',
    to: 'this.#held.set(channel, this.#hold(channel));',
  },
  {
    name: 'broadcast: a context that leaves keeps its lock',
    file: LOCKS,
    from: 'if (held) this.#free(held);\n    this.#held.delete(channel);',
    to: 'if (held) this.#held.delete(channel);',
  },
];
