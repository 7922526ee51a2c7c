import { expect, test } from 'vitest';
import {
  type BrowseCursor,
  comparePlaces,
  cursorOfText,
  firstCursor,
  type Place,
  textOfCursor,
} from '../../src/queue/browse-cursor.ts';

const cursor: BrowseCursor = { since: 5, until: 9, place: [1, -3, 2.5, 'id'] };

test('a cursor survives its text', () => {
  expect(cursorOfText('ready', textOfCursor('ready', cursor))).toEqual(cursor);
  expect(cursorOfText('ready', undefined)).toBeUndefined();
});

test('refuses the cursor of another state and every other text', () => {
  const texts = [
    '',
    '5',
    '{}',
    '[]',
    '["ready"]',
    '["ready",1,2,0,0,0]',
    '["ready",1,2,0,0,0,null]',
    '["ready",1,"2",0,0,0,0]',
    '["ready",1,2,0,0,0,0,0]',
    textOfCursor('dead', cursor),
  ];
  for (const text of [...texts, 5 as never, null as never, {} as never])
    expect(() => cursorOfText('ready', text), String(text)).toThrow(TypeError);
});

test('places are sorted by section, due time, order, and index before id', () => {
  const places: Place[] = [
    firstCursor(0, 0).place,
    [0, -5, 9, 0],
    [0, 1, 2, 0],
    [0, 1, 2, 10],
    [0, 1, 2, 'a'],
    [0, 1, 2, 'b'],
    [0, 1, 3, 0],
    [0, 2, 0, 0],
    [1, 0, 0, 0],
  ];
  expect([...places].reverse().sort(comparePlaces)).toEqual(places);
  for (const [index, place] of places.entries())
    for (const [other, later] of places.entries())
      expect(Math.sign(comparePlaces(place, later))).toBe(Math.sign(index - other));
  expect(comparePlaces([0, 1, 2, 'a'], [0, 1, 2, 'a'])).toBe(0);
});
