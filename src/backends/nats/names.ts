import { channelOfQueue, groupOfQueue } from '../../core/options/queue-name.ts';

/** Characters of channel and group names that have a meaning in subjects or are refused in the names of streams. */
const TOKENS: Readonly<Record<string, string>> = { '.': '+', '/': '=', ':': '~' };

/** The name of a channel or group as one token of a subject. No two names have the same token. */
export function tokenOf(name: string): string {
  return name.replace(/[./:]/g, (character) => TOKENS[character] as string);
}

/** The name that a token stands for. */
export function nameOfToken(token: string): string {
  return token.replace(/[+=~]/g, (given) => {
    return Object.keys(TOKENS).find((character) => TOKENS[character] === given) as string;
  });
}

const GROUP = 'group_';

/** The consumer of a channel's plain queue, and the one of its delayed events. */
export const PLAIN = 'plain';
export const LATER = 'later';

export function consumerOf(queue: string): string {
  const group = groupOfQueue(queue);
  return group === undefined ? PLAIN : GROUP + tokenOf(group);
}

/** The group of a consumer. Undefined for other consumers. */
export function groupOfConsumer(consumer: string): string | undefined {
  return consumer.startsWith(GROUP) ? nameOfToken(consumer.slice(GROUP.length)) : undefined;
}

/** The names on the server of everything that a backend keeps there. Each begins with the option `prefix`. */
export class Names {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The stream of a channel. Takes the name of a queue, too. */
  stream(queue: string): string {
    return `${this.#prefix}_${tokenOf(channelOfQueue(queue))}`;
  }

  /** Events that are due. */
  due(queue: string): string {
    return this.#subject(queue, 'now');
  }

  /** Events that are delayed. */
  later(queue: string): string {
    return this.#subject(queue, LATER);
  }

  /** All subjects of a channel's stream. */
  all(queue: string): string {
    return this.#subject(queue, '*');
  }

  /** The stream of all dead letters. */
  get deadStream(): string {
    return `${this.#prefix}-dead`;
  }

  get allDead(): string {
    return `${this.#prefix}-dead.>`;
  }

  /** The dead letters of one queue. */
  dead(queue: string): string {
    return `${this.#prefix}-dead.${tokenOf(channelOfQueue(queue))}.${consumerOf(queue)}`;
  }

  /** Hints for a channel. No stream keeps them. */
  hint(channel: string): string {
    return `${this.#prefix}-hint.${tokenOf(channel)}`;
  }

  #subject(queue: string, kind: string): string {
    return `${this.#prefix}.${tokenOf(channelOfQueue(queue))}.${kind}`;
  }
}
