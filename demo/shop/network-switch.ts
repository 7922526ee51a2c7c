import { type Connectivity, platformConnectivity } from 'ackline/outbox';

/** The platform's connectivity, and a switch with which a visitor takes this tab off the network. */
export class NetworkSwitch implements Connectivity {
  #isOn = true;
  #onChange: () => void = () => undefined;

  isOnline(): boolean {
    return this.#isOn && platformConnectivity.isOnline();
  }

  watch(onChange: () => void): () => void {
    this.#onChange = onChange;
    return platformConnectivity.watch(onChange);
  }

  turn(isOn: boolean): void {
    this.#isOn = isOn;
    this.#onChange();
  }
}
