import { visibleText } from './describe-value.ts';
import { button, element } from './dom.ts';
import { confirmed } from './event-actions.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { Reading } from './reading.ts';
import { emptyText, markedName, tableOf } from './table.ts';

/** The keys of a channel whose events a dead letter holds back. */
export class KeysView implements View {
  readonly element: HTMLElement = element('div', { class: 'table-box' });
  readonly #ports: InspectorPorts;
  readonly #channel: string;
  readonly #reading: Reading<string[]>;
  #shown: string | undefined;

  constructor(ports: InspectorPorts, channel: string) {
    this.#ports = ports;
    this.#channel = channel;
    const read = () => ports.source.verbs.blockedKeys(channel);
    this.#reading = new Reading(ports, 'keys', read, (keys) => this.#show(keys));
  }

  read(): void {
    void this.#reading.run();
  }

  end(): void {
    this.#reading.end();
  }

  #show(keys: readonly string[]): void {
    const shown = JSON.stringify(keys);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const rows = keys.map((key) => [markedName(visibleText(key), false), this.#button(key)]);
    const none = emptyText('No key is blocked.');
    this.element.replaceChildren(
      rows.length > 0 ? tableOf(['Key', 'Blocked'], rows, 'numbers') : none,
    );
  }

  #button(key: string): HTMLElement {
    const release = button('Release…', () => void this.#release(key));
    release.ariaLabel = `Release the key ${visibleText(key)}…`;
    return release;
  }

  async #release(key: string): Promise<void> {
    const question = {
      title: 'Release the key?',
      text: `The events of ${visibleText(key)} go on without the dead letter that holds them back.`,
      action: 'Release the key',
      isFinal: false,
    };
    const isDone = await confirmed(this.#ports, question, async () => {
      const wasBlocked = await this.#ports.source.verbs.releaseKey(this.#channel, key);
      return wasBlocked ? 'The key is released.' : 'The key was not blocked any more.';
    });
    if (isDone) this.read();
  }
}
