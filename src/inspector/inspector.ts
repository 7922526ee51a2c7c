import { checkChannelName } from '../core/options/channel-name.ts';
import { refuse } from '../core/options/options.ts';
import { partOf } from '../core/runtime/part-of.ts';
import { Activity } from './activity.ts';
import { element } from './dom.ts';
import { InspectedSource } from './inspected-source.ts';
import type { InspectorProperties } from './inspector-types.ts';
import { ReceiptLog } from './receipt-log.ts';
import { SourceView } from './source-view.ts';
import { STYLES } from './styles.ts';
import { emptyText } from './table.ts';

type Sources = InspectorProperties['sources'];

const ONLY = 'events';

/** What is behind the element. It works, watches and sets timers only while the element is in a page. */
export class Inspector {
  readonly activity: Activity = new Activity();
  readonly #receipts = new ReceiptLog();
  readonly #root: ShadowRoot;
  readonly #place = element('div', { class: 'source-place' });
  #given: Sources = {};
  #sources: readonly InspectedSource[] = [];
  #view: SourceView | undefined;
  #isConnected = false;

  constructor(root: ShadowRoot) {
    this.#root = root;
  }

  get sources(): Sources {
    return this.#given;
  }

  set sources(given: Sources) {
    if (typeof given !== 'object' || given === null)
      refuse('sources', 'an object of event channels by their names', given);
    this.#sources = Object.entries(given).map(
      ([name, source]) => new InspectedSource(name, source),
    );
    this.#given = given;
    if (this.#isConnected) this.connect();
  }

  get events(): InspectorProperties['events'] {
    const [first] = this.#sources;
    return first?.verbs as unknown as InspectorProperties['events'];
  }

  set events(events: InspectorProperties['events']) {
    this.sources = events === undefined ? {} : { [ONLY]: events };
  }

  showConfirmation: InspectorProperties['showConfirmation'] = (channel, confirmation) => {
    checkChannelName(channel);
    if (!Array.isArray(partOf(confirmation, 'receipts')))
      refuse('confirmation', 'what publishConfirmed resolves with', confirmation);
    this.#receipts.add(channel, confirmation);
  };

  connect(): void {
    this.disconnect();
    this.#isConnected = true;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    this.#root.adoptedStyleSheets = [sheet];
    const choice = this.#sources.length > 1 ? [this.#makeChoice()] : [];
    this.#root.replaceChildren(
      element(
        'div',
        { class: 'frame' },
        element('header', {}, element('h1', {}, 'Inspector'), ...choice),
        this.#place,
      ),
    );
    this.#show(this.#sources[0]);
  }

  /** Ends every watch and timer. */
  disconnect(): void {
    this.#isConnected = false;
    this.#view?.end();
    this.#view = undefined;
    this.#root.replaceChildren();
  }

  #makeChoice(): HTMLElement {
    const options = this.#sources.map(({ name }) => element('option', { value: name }, name));
    const select = element('select', { 'aria-label': 'Source' }, ...options);
    select.addEventListener('change', () => {
      this.#show(this.#sources.find(({ name }) => name === select.value));
    });
    return select;
  }

  #show(source: InspectedSource | undefined): void {
    this.#view?.end();
    this.#view =
      source && new SourceView({ source, activity: this.activity, receipts: this.#receipts });
    this.#place.replaceChildren(this.#view?.element ?? emptyText('No channel object is given.'));
  }
}
