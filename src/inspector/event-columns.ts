import type { BrowsedEvent, EventState } from '../core/protocols/browsed-page.ts';
import { visibleText } from './describe-value.ts';
import { formatCount, formatFromNow, formatSpan } from './format.ts';
import type { Column } from './virtual-grid.ts';

type EventColumn = Column<BrowsedEvent>;

const ID: EventColumn = {
  label: 'Event',
  track: 'minmax(5rem, 2fr)',
  kind: 'code',
  text: ({ eventId }) => visibleText(eventId),
};

const ATTEMPTS: EventColumn = {
  label: 'Attempts',
  track: '4.5rem',
  kind: 'number',
  text: ({ attempts }) => formatCount(attempts),
};

const KEY: EventColumn = {
  label: 'Key',
  track: 'minmax(4rem, 1fr)',
  kind: 'code extra',
  text: ({ key = '' }) => visibleText(key),
};

const LAST_ERROR: EventColumn = {
  label: 'Last error',
  track: 'minmax(6rem, 2fr)',
  kind: 'extra',
  text: ({ lastError, note }) =>
    visibleText(note ?? (lastError ? `${lastError.name}: ${lastError.message}` : '')),
};

/** The columns of the list of a state. `now`: the clock of the backend. */
export function eventColumns(state: EventState, now: () => number): readonly EventColumn[] {
  const time = (label: string, of: (event: BrowsedEvent) => number | undefined): EventColumn => ({
    label,
    track: '7rem',
    kind: 'number',
    text: (event) => formatFromNow(of(event) ?? 0, now()),
  });
  const published = time('Published', ({ createdAt }) => createdAt);
  switch (state) {
    case 'ready':
      return [ID, published, ATTEMPTS, KEY, LAST_ERROR];
    case 'scheduled':
      return [ID, time('Due', ({ availableAt }) => availableAt), ATTEMPTS, KEY, LAST_ERROR];
    case 'leased':
      return [ID, leftColumn(now), ATTEMPTS, OWNER, KEY];
    case 'dead':
      return [
        ID,
        REASON,
        ATTEMPTS,
        { ...time('Died', ({ diedAt }) => diedAt), kind: 'number extra' },
        LAST_ERROR,
      ];
    default: {
      state satisfies 'acknowledged';
      const kept = time('Kept until', ({ keptUntil }) => keptUntil);
      return [
        ID,
        time('Acknowledged', ({ acknowledgedAt }) => acknowledgedAt),
        ATTEMPTS,
        { ...kept, kind: 'number extra' },
      ];
    }
  }
}

const OWNER: EventColumn = {
  label: 'Owner',
  track: 'minmax(6rem, 1.5fr)',
  kind: 'code extra',
  text: ({ owner }) => visibleText(owner ?? 'not known'),
};

const REASON: EventColumn = {
  label: 'Reason',
  track: '8.5rem',
  kind: 'bad',
  text: ({ reason = '' }) => reason,
};

function leftColumn(now: () => number): EventColumn {
  return {
    label: 'Time left',
    track: '7rem',
    kind: 'number',
    text: ({ leaseExpiresAt = 0 }) => {
      const leftMs = leaseExpiresAt - now();
      return leftMs > 0 ? formatSpan(leftMs) : `over for ${formatSpan(leftMs)}`;
    },
  };
}
