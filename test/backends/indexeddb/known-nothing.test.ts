import { beforeEach, describe, expect, test } from 'vitest';
import { Foreknowledge } from '../../../src/backends/indexeddb/foreknowledge.ts';
import type { QueueView } from '../../../src/backends/indexeddb/queue-view.ts';

/** A look at `at` that found a queue without anything. */
function emptyView(at: number, nextReturnAt: number | null = null): QueueView {
  const newest = { epoch: 0, cursor: { seq: 0, at: 0 } };
  const seen = { at };
  const nothing = { claims: [], openEpochs: [], due: [], ahead: [], segments: [], misfits: [] };
  return { queue: 'a', seen, newest, nextReturnAt, ...nothing } as unknown as QueueView;
}

function lookAt(isCut: boolean, ...given: Parameters<typeof emptyView>) {
  return { view: emptyView(...given), isCut, isShared: false };
}

const row = { bytes: 1, ids: ['one'] } as unknown as Parameters<Foreknowledge['note']>[1];

describe('that there is nothing', () => {
  let known: Foreknowledge;

  beforeEach(() => {
    known = new Foreknowledge();
    known.beginLook();
    known.learn(lookAt(false, 1_000));
  });

  test('is known since the look, or since it was told last', () => {
    expect(known.recallNothing(1_500, 1_000)?.lookedAt).toBe(1_000);
    known.noteNothing(1_400);
    expect(known.recallNothing(1_500, 1_000)?.lookedAt).toBe(1_400);
  });

  test('is told in vain once the last look is ten times as old as one may be', () => {
    known.noteNothing(10_900);
    expect(known.recallNothing(10_999, 1_000)?.lookedAt).toBe(10_900);
    expect(known.recallNothing(11_000, 1_000)?.lookedAt).toBe(1_000);
  });

  test('is not known any longer by what was told before a look, wherever the clock goes', () => {
    known.noteNothing(9_000);
    known.beginLook();
    known.learn(lookAt(false, 5_000));
    expect(known.recallNothing(9_000, 1_000)?.lookedAt).toBe(5_000);
  });

  test('is not known when something comes while it is looked up', () => {
    known.beginLook();
    known.doubt();
    known.learn(lookAt(false, 2_000));
    expect(known.recallNothing(2_000, 1_000)).toBe(undefined);
    known.noteNothing(2_000);
    expect(known.recallNothing(2_000, 1_000)).toBe(undefined);
  });

  test('is not known after a publish here, though so many that they are not kept', () => {
    known.note(1, undefined);
    expect(known.recallNothing(1_500, 1_000)?.lookedAt).toBe(1_000);
    known.note(2, row);
    expect(known.recallNothing(1_500, 1_000)).toBe(undefined);
    for (let seq = 3; seq < 200; seq += 1) {
      known.note(seq, row);
      expect(known.recallNothing(1_500, 1_000)).toBe(undefined);
    }
  });

  test('is not known while something is held here: it may come back sooner than anybody looks', () => {
    const row = { held: [{ expiresAt: 2_000 }] };
    known.advance({ ...emptyView(1_000), claim: { row } } as unknown as Parameters<
      Foreknowledge['advance']
    >[0]);
    expect(known.recallNothing(1_000, 1_000)).toBe(undefined);
  });

  test('is not known of a look during which something was published here, whatever was known before it', () => {
    known.learn(lookAt(true, 1_000));
    known.beginLook();
    known.note(2, row);
    known.learn(lookAt(false, 3_000));
    expect(known.recallNothing(3_000, 1_000)).toBe(undefined);
  });

  test('is not known where others hold something, or have claimed a moment ago', () => {
    known.learn({ ...lookAt(false, 1_000), isShared: true });
    expect(known.recallNothing(1_000, 1_000)).toBe(undefined);
    known.learn(lookAt(false, 1_000));
    known.noteOthers(1_000);
    expect(known.recallNothing(1_000, 1_000)).toBe(undefined);
    known.learn(lookAt(false, 1_999));
    expect(known.recallNothing(1_999, 1_000)).toBe(undefined);
  });

  test('is known again by a look when others have claimed nothing for a second, wherever the clock goes', () => {
    for (const laterAt of [2_000, -1_000]) {
      known.noteOthers(1_000);
      known.learn(lookAt(false, laterAt));
      expect(known.recallNothing(laterAt, 1_000)?.lookedAt).toBe(laterAt);
    }
  });

  test('is known only until what waits is due', () => {
    known.learn(lookAt(false, 1_000, 3_000));
    expect(known.recallNothing(2_999, 10_000)?.lookedAt).toBe(1_000);
    expect(known.recallNothing(3_000, 10_000)).toBe(undefined);
  });
});
