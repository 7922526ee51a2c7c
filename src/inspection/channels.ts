import { checkOptions, checkWholeNumber, refuse } from '../core/options/options.ts';
import type { ChannelsOptions, ChannelsPage } from '../core/protocols/browsed-page.ts';
import { type AnswerOf, type Inspectable, inspect } from './inspectable.ts';

/**
 * Lists the channels that hold events, by name, with the numbers of their events, a page at a time. Channels without an event
 * are left out. The events of groups are not counted: `groupStats` and `stats` with a `group` count those. Needs the capability `channels`. Errors: `TypeError` for options out of range; `unsupported`; `closed`; those of
 * the storage.
 *
 * @example
 * for (const { channel, stats } of (await channels(events)).channels) console.log(channel, stats.ready);
 */
export function channels<Target extends Inspectable>(
  target: Target,
  options: ChannelsOptions = {},
): AnswerOf<Target, ChannelsPage> {
  const page = inspect(target, 'channels', (source) => {
    checkOptions(options);
    const { limit = 100, after = '' } = options;
    checkWholeNumber('limit', limit, 1);
    if (typeof after !== 'string') refuse('after', 'the after of a page of channels', after);
    return source.channels(limit, after);
  });
  return page as AnswerOf<Target, ChannelsPage>;
}
