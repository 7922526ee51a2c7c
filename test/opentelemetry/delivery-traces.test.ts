import { expect, test } from 'vitest';
import { DeliveryTraces } from '../../src/opentelemetry/delivery-traces.ts';

const made = () => ({ creation: undefined, process: undefined });

test('DeliveryTraces: keeps the newest delivery of an event, by queue', () => {
  const traces = new DeliveryTraces();
  const [first, second, ofGroup] = [made(), made(), made()];
  traces.add('orders', 'a', first);
  traces.add('orders@billing', 'a', ofGroup);
  traces.add('orders', 'a', second);
  expect(traces.get('orders', 'a')).toBe(second);
  expect(traces.get('orders@billing', 'a')).toBe(ofGroup);
  expect(traces.get(undefined, 'a')).toBeUndefined();
  traces.forget('orders', 'a', first);
  expect(traces.get('orders', 'a')).toBe(second);
  traces.forget('orders', 'a', second);
  expect(traces.get('orders', 'a')).toBeUndefined();
});

test('DeliveryTraces: drops the oldest of more than 10,000', () => {
  const traces = new DeliveryTraces();
  const first = made();
  traces.add('orders', 'first', first);
  for (let index = 0; index < 9_999; index += 1) traces.add('orders', `e${index}`, made());
  expect(traces.get('orders', 'first')).toBe(first);
  traces.add('orders', 'e0', made());
  traces.add('orders', 'last', made());
  expect(traces.get('orders', 'first')).toBeUndefined();
  expect(traces.get('orders', 'e0')).toBeDefined();
  expect(traces.get('orders', 'e1')).toBeDefined();
});
