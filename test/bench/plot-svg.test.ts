import { expect, test } from 'vitest';
import type { Plot } from '../../bench/bench.ts';
import { renderPlot } from '../../bench/plot-svg.ts';

const plot: Plot = {
  name: 'throughput',
  title: 'Events & tabs',
  x: 'in flight',
  y: 'events/s',
  lines: [
    {
      subject: 'ackline',
      points: [
        [1, 100],
        [1_000, 10_000],
      ],
    },
    { subject: 'a < b', points: [[10, 1_000]] },
  ],
};

const corner = (x: number, y: number) => `<circle cx="${x}" cy="${y}"`;

test('renderPlot: names title, axes and lines, and escapes them', () => {
  const drawn = renderPlot(plot);
  for (const text of ['Events &amp; tabs', 'in flight', 'events/s', 'ackline', 'a &lt; b'])
    expect(drawn).toContain(`>${text}</`);
});

test('renderPlot: every decade has the same width', () => {
  const drawn = renderPlot(plot);
  expect(drawn).toContain(corner(84, 352));
  expect(drawn).toContain(corner(540, 48));
  expect(drawn).toContain(corner(84 + 456 / 3, 48 + 304 / 2));
});

test('renderPlot: labels the axes with powers of ten, and with steps between a few decades', () => {
  const drawn = renderPlot(plot);
  for (const tick of ['1', '10', '100', '1,000', '10,000', '200', '5,000'])
    expect(drawn).toContain(`>${tick}</text>`);
  expect(drawn).not.toContain('>20</text>');
});

test('renderPlot: refuses values without a logarithm, and a plot without values', () => {
  const withPoint = (y: number): Plot => ({
    ...plot,
    lines: [{ subject: 'ackline', points: [[1, y]] }],
  });
  expect(() => renderPlot(withPoint(0))).toThrow('above 0, got 0');
  expect(() => renderPlot(withPoint(Number.NaN))).toThrow('got NaN');
  expect(() => renderPlot({ ...plot, lines: [] })).toThrow('must have points');
});
