import { describeFailure } from '../core/options/describe-failure.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { element, setText } from './dom.ts';
import type { InspectedSource, ShownStatus } from './inspected-source.ts';
import type { View } from './inspector-ports.ts';

/** The connection of a source to its storage. Without a text where the backend has no status. */
export class StatusView implements View {
  readonly element: HTMLElement = element('p', { class: 'status', role: 'status' });
  readonly #stop: Stop;

  constructor({ statusOwner: owner }: InspectedSource) {
    this.element.hidden = owner === undefined;
    if (owner) this.#show(owner.status());
    this.#stop = owner?.watchStatus((status) => this.#show(status)) ?? ignore;
  }

  end(): void {
    this.#stop();
  }

  #show({ state, storage, leaseMode, reason }: ShownStatus): void {
    this.element.dataset['state'] = state;
    const parts = [state, storage, leaseMode && `${leaseMode} leases`];
    const why = reason ? [describeFailure(reason).message] : [];
    setText(this.element, [...parts.filter(Boolean), ...why].join(' · '));
  }
}
