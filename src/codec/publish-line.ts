import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';

/**
 * Passes drafts to the backend in the order in which they were published, while they are encoded at the same time.
 *
 * Invariant: a draft is passed on when every earlier one was passed on, or could not be encoded.
 */
export class PublishLine {
  #last: Promise<unknown> | undefined;

  /** Calls `publish` with the encoded draft, and resolves as it does. */
  async add<Draft, Answer>(
    encoding: Draft | PromiseLike<Draft>,
    publish: (draft: Draft) => Promise<Answer>,
  ): Promise<Answer> {
    const previous = this.#last;
    if (!previous && !isPromiseLike(encoding)) return publish(encoding);
    const passed = pass(previous, encoding, publish);
    const last = passed.then(ignore, ignore);
    this.#last = last;
    try {
      return await (await passed).answer;
    } finally {
      if (this.#last === last) this.#last = undefined;
    }
  }

  /** Resolves when every draft was passed on. Undefined if none waits. */
  get untilPassed(): Promise<unknown> | undefined {
    return this.#last;
  }
}

async function pass<Draft, Answer>(
  previous: Promise<unknown> | undefined,
  encoding: Draft | PromiseLike<Draft>,
  publish: (draft: Draft) => Promise<Answer>,
): Promise<{ readonly answer: Promise<Answer> }> {
  let draft: Draft;
  try {
    draft = await encoding;
  } finally {
    await previous;
  }
  return { answer: publish(draft) };
}
