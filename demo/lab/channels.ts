import type { DraftOf } from 'ackline';

interface Titled {
  readonly title: string;
}

export interface Order extends Titled {
  readonly totalCents: number;
}

export interface Mail extends Titled {
  readonly to: string;
}

export interface Photo extends Titled {
  readonly widthPixels: number;
}

export interface DemoSchema {
  'order.placed': Order;
  'mail.send': Mail;
  'photo.resize': Photo;
}

export type ChannelName = keyof DemoSchema;

export const CHANNELS: readonly ChannelName[] = ['order.placed', 'mail.send', 'photo.resize'];

export const DESCRIPTIONS: Readonly<Record<ChannelName, string>> = {
  'order.placed': 'A customer bought something.',
  'mail.send': 'A message that must go out.',
  'photo.resize': 'A picture for the gallery.',
};

const PEOPLE = ['ada', 'grace', 'linus', 'margaret', 'edsger', 'barbara'];
const PLACES = ['beach', 'harbour', 'meadow', 'station', 'bridge', 'garden'];

/** An event to publish, made from `number`. `from` names the tab that made it. */
export function sampleDraft(
  channel: ChannelName,
  number: number,
  from: string,
): DraftOf<DemoSchema> {
  const metadata = { from };
  const person = PEOPLE[number % PEOPLE.length] ?? 'ada';
  const place = PLACES[number % PLACES.length] ?? 'beach';
  switch (channel) {
    case 'order.placed': {
      const totalCents = 990 + ((number * 379) % 9_000);
      return { channel, payload: { title: `Order ${number}`, totalCents }, metadata };
    }
    case 'mail.send': {
      const to = `${person}@example.com`;
      return { channel, payload: { title: `Mail ${number} to ${person}`, to }, metadata };
    }
    case 'photo.resize':
      return { channel, payload: { title: `${place}-${number}.jpg`, widthPixels: 640 }, metadata };
  }
}
