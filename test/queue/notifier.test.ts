import { expect, test } from 'vitest';
import { LocalNotifier } from '../../src/queue/notifier.ts';

test('notify: the subscribers of these channels are woken, and no others', () => {
  const notifier = new LocalNotifier();
  const woken: string[] = [];
  for (const [channel, name] of [
    ['a', 'first of a'],
    ['a', 'second of a'],
    ['b', 'of b'],
    ['c', 'of c'],
  ] as const)
    notifier.subscribe(channel, () => woken.push(name));
  notifier.notify(new Set(['a', 'b', 'unknown']));
  expect(woken).toEqual(['first of a', 'second of a', 'of b']);
});

test('notify: a stopped subscriber is not woken, and stop() may be called twice', () => {
  const notifier = new LocalNotifier();
  const woken: string[] = [];
  const subscription = notifier.subscribe('a', () => woken.push('first'));
  subscription.stop();
  notifier.subscribe('a', () => woken.push('second'));
  subscription.stop();
  notifier.notify(['a']);
  expect(woken).toEqual(['second']);
});

test('notify: a subscriber may stop and subscribe again while it is woken', () => {
  const notifier = new LocalNotifier();
  let wakes = 0;
  const subscribeOnce = () => {
    const subscription = notifier.subscribe('a', () => {
      wakes += 1;
      subscription.stop();
      subscribeOnce();
    });
  };
  subscribeOnce();
  notifier.notify(['a']);
  notifier.notify(['a']);
  expect(wakes).toBe(2);
});

test('notify: a publish to a channel wakes those who wait for one of its groups, and the other way round', () => {
  const notifier = new LocalNotifier();
  const woken: string[] = [];
  for (const queue of ['a', 'a@search', 'b@search'])
    notifier.subscribe(queue, () => woken.push(queue));
  notifier.notify(['a']);
  notifier.notify(['a@mail']);
  expect(woken).toEqual(['a', 'a@search', 'a', 'a@search']);
});

test('stop: ends one subscription, and the others of its channel stay', () => {
  const notifier = new LocalNotifier();
  const woken: string[] = [];
  const subscription = notifier.subscribe('a', () => woken.push('first'));
  notifier.subscribe('a', () => woken.push('second'));
  subscription.stop();
  notifier.notify(['a']);
  expect(woken).toEqual(['second']);
  notifier.close();
  notifier.notify(['a']);
  expect(woken).toEqual(['second', 'second']);
});
