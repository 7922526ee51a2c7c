import type { ObserverEvent } from 'ackline';

export type Tone = 'plain' | 'good' | 'lease' | 'later' | 'bad';

/** An observer event in words, as it can be posted from the worker and shown in the log. */
export interface Happening {
  readonly who: string;
  readonly at: number;
  /** `ack`, `nack`, `reject` or `extend` for a settlement, else the type of the observer event. */
  readonly type: string;
  readonly tone: Tone;
  readonly text: string;
  readonly channel: string;
  readonly eventId: string;
  readonly attempts: number | null;
  /** Whether it is a fault of the library or the storage. The visitor must see such faults. */
  readonly isFault: boolean;
}

type Words = Pick<Happening, 'type' | 'tone' | 'text'>;

type Settled = Extract<ObserverEvent, { type: 'settled' }>;

const VERB_WORDS: Readonly<Record<Settled['verb'], Omit<Words, 'type'>>> = {
  ack: { tone: 'good', text: 'acknowledged' },
  nack: { tone: 'later', text: 'nacked' },
  reject: { tone: 'bad', text: 'rejected' },
  extend: { tone: 'lease', text: 'lease extended' },
};

function describeSettled({ verb, settlement }: Settled): Words {
  if (settlement === 'ok') return { type: verb, ...VERB_WORDS[verb] };
  return { type: settlement, tone: 'bad', text: `${verb} came too late: ${settlement}` };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function describe(event: ObserverEvent): Words {
  const { type } = event;
  switch (type) {
    case 'published':
      return { type, tone: 'plain', text: 'published' };
    case 'claimed':
      return { type, tone: 'lease', text: `leased, attempt ${event.attempts}` };
    case 'settled':
      return describeSettled(event);
    case 'lease-lost':
      return { type, tone: 'bad', text: 'lease lost' };
    case 'handler-error':
      return { type, tone: 'bad', text: `handler threw: ${messageOf(event.error)}` };
    case 'retry-scheduled':
      return { type, tone: 'later', text: `next attempt in ${seconds(event.delayMs)}` };
    case 'dead-lettered':
      return { type, tone: 'bad', text: `dead letter: ${event.reason.replace('-', ' ')}` };
    case 'fault':
      return { type, tone: 'bad', text: `fault during ${event.during}: ${messageOf(event.error)}` };
    default:
      return { type, tone: 'bad', text: type.replace('-', ' ') };
  }
}

export function toHappening(event: ObserverEvent, who: string): Happening {
  return {
    who,
    at: Date.now(),
    ...describe(event),
    channel: 'channel' in event ? event.channel : '',
    eventId: 'eventId' in event ? event.eventId : '',
    attempts: 'attempts' in event ? (event.attempts ?? null) : null,
    isFault: event.type === 'fault',
  };
}
