import type { TabName, TabReport } from './tab-messages.ts';

/** Where an event is. `stored` also while it waits for its next attempt. */
export type Place = 'stored' | TabName | 'done';

export interface Step {
  readonly text: string;
  readonly tone: 'plain' | 'lease' | 'good' | 'bad';
}

export interface Journey {
  readonly eventId: string;
  readonly number: number;
  readonly place: Place;
  readonly steps: readonly Step[];
}

/** What each event of the tour went through, in every tab. */
export class Journeys {
  readonly #known = new Map<string, Journey>();
  readonly #onChange: (journey: Journey) => void;

  constructor(onChange: (journey: Journey) => void) {
    this.#onChange = onChange;
  }

  /** The newest first. */
  get all(): readonly Journey[] {
    return [...this.#known.values()].toReversed();
  }

  published(eventId: string, number: number): void {
    // A tab may lease the event before the page hears that it is stored.
    const known = this.#known.get(eventId);
    const first: Step = { text: 'published', tone: 'plain' };
    if (known) this.#set({ ...known, steps: [first, ...known.steps] });
    else this.#set({ eventId, number, place: 'stored', steps: [first] });
  }

  follow(report: TabReport): void {
    if (report.kind === 'opened') return;
    const { kind, tab, eventId, number, attempts } = report;
    const journey = this.#known.get(eventId) ?? { eventId, number, place: 'stored', steps: [] };
    switch (kind) {
      case 'leased':
        return this.#move(journey, tab, { text: `tab ${tab}, attempt ${attempts}`, tone: 'lease' });
      case 'failed':
        return this.#move(journey, 'stored', { text: 'failed, tried again', tone: 'bad' });
      case 'acknowledged':
        return this.#move(journey, 'done', { text: 'acknowledged', tone: 'good' });
    }
  }

  /** The page of the tab is gone, and what it had is free. */
  ended(tab: TabName, how: 'killed' | 'reloaded'): void {
    for (const journey of this.#known.values())
      if (journey.place === tab)
        this.#move(journey, 'stored', { text: `tab ${tab} ${how}`, tone: 'bad' });
  }

  #move(journey: Journey, place: Place, step: Step): void {
    this.#set({ ...journey, place, steps: [...journey.steps, step] });
  }

  #set(journey: Journey): void {
    this.#known.set(journey.eventId, journey);
    this.#onChange(journey);
  }
}
