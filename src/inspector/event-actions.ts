import type { Settlement } from '../core/events/message.ts';
import type { PurgeProgress, RedriveProgress } from '../core/options/dead-letter-options.ts';
import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';
import { visibleText } from './describe-value.ts';
import type { Listed } from './event-reader.ts';
import { formatCount, formatMany } from './format.ts';
import type { InspectorPorts } from './inspector-ports.ts';

export interface Action {
  readonly label: string;
  readonly isFinal: boolean;
  /** Asks, acts, and says the result. Resolves with whether something may have changed. Never rejects. */
  readonly run: () => Promise<boolean>;
}

const CANCELLED: Readonly<Record<Settlement, string>> = {
  ok: 'The event is cancelled.',
  stale: 'A consumer leases the event: nothing was changed.',
  gone: 'The event is not stored any more: nothing was changed.',
};

/** What can be done with one event of a list, as far as the backend can do it. */
export function eventActions(
  ports: InspectorPorts,
  listed: Listed,
  { eventId }: BrowsedEvent,
): readonly Action[] {
  const { state } = listed;
  if (state === 'ready' || state === 'scheduled') return cancelAction(ports, listed, eventId);
  return state === 'dead' ? letterActions(ports, listed, [eventId]) : [];
}

/** What can be done with all dead letters of a list. */
export function listActions(ports: InspectorPorts, listed: Listed): readonly Action[] {
  return listed.state === 'dead' ? letterActions(ports, listed, undefined) : [];
}

function cancelAction(ports: InspectorPorts, listed: Listed, eventId: string): readonly Action[] {
  const { source } = ports;
  if (!source.can('cancel') || listed.group !== undefined) return [];
  const question = {
    title: 'Cancel the event?',
    text: `${visibleText(eventId)} of ${listed.channel} is removed and never delivered. This cannot be undone.`,
    action: 'Cancel the event',
    isFinal: true,
  };
  const act = async () => CANCELLED[await source.verbs.cancel(listed.channel, eventId)];
  return [{ label: 'Cancel…', isFinal: true, run: () => confirmed(ports, question, act) }];
}

interface LetterVerb {
  readonly verb: 'redrive' | 'purge';
  readonly title: string;
  /** What happens to each letter. */
  readonly effect: string;
  readonly done: string;
  readonly isFinal: boolean;
}

const LETTER_VERBS: readonly LetterVerb[] = [
  {
    verb: 'redrive',
    title: 'Redrive',
    effect: 'is put back to the end of the channel and delivered again, with no attempts counted.',
    done: 'put back',
    isFinal: false,
  },
  {
    verb: 'purge',
    title: 'Purge',
    effect: 'is deleted with its payload. This cannot be undone.',
    done: 'deleted',
    isFinal: true,
  },
];

/** `ids` undefined: all dead letters of the queue. */
function letterActions(
  ports: InspectorPorts,
  { channel, group }: Listed,
  ids: readonly string[] | undefined,
): readonly Action[] {
  const { source, signal, say } = ports;
  const queue = group === undefined ? channel : `the group ${group} of ${channel}`;
  const which = `${ids ? visibleText(ids.join()) : 'Each dead letter'} of ${queue}`;
  return LETTER_VERBS.filter(({ verb }) => source.can(verb)).map((letterVerb) => {
    const { verb, effect, done, isFinal } = letterVerb;
    const title = letterVerb.title + (ids ? '' : ' all');
    const act = async () => {
      const onProgress = (progress: Partial<RedriveProgress & PurgeProgress>) =>
        say(`${formatCount(progress.redriven ?? progress.purged ?? 0)} ${done}…`);
      const options = { ids, group, signal, onProgress };
      return `${formatMany(await source.verbs[verb](channel, options), 'dead letter')} ${done}.`;
    };
    const question = { title: `${title}?`, text: `${which} ${effect}`, action: title, isFinal };
    return { label: `${title}…`, isFinal, run: () => confirmed(ports, question, act) };
  });
}

/** Asks, and acts if the visitor agrees. `act` resolves with the text that says the result. */
export async function confirmed(
  { ask, say, fail, signal }: InspectorPorts,
  question: Parameters<InspectorPorts['ask']>[0],
  act: () => Promise<string>,
): Promise<boolean> {
  if (!(await ask(question))) return false;
  try {
    say(await act());
    fail('action', undefined);
  } catch (error) {
    if (!signal.aborted) fail('action', error);
  }
  return true;
}
