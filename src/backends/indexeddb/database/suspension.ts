import { ignore } from '../../../core/runtime/ignore.ts';

/** The time for which a page is suspended. */
export class Suspension {
  end: () => void = ignore;
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.end = resolve;
  });
}
