import type { Plot } from './bench.ts';
import { type LogAxis, logAxis } from './log-axis.ts';
import { escaped, INK } from './svg.ts';

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 84;
const RIGHT = 540;
const TOP = 48;
const BOTTOM = 352;

const COLOURS = ['#3b82f6', '#d97706', '#16a34a', '#db2777', '#8b5cf6', '#0891b2'];
/** For readers who cannot distinguish the colours. */
const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '14 4', '4 4'];

type Line = Plot['lines'][number];

interface Axes {
  readonly x: LogAxis;
  readonly y: LogAxis;
}

/** A drawing with two logarithmic axes, a legend beside it and no background. */
export function renderPlot(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const x = logAxis(
    points.map(([value]) => value),
    LEFT,
    RIGHT,
  );
  const y = logAxis(
    points.map(([, value]) => value),
    BOTTOM,
    TOP,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<title>${escaped(plot.title)}</title>`,
    text(LEFT, 26, plot.title, 'font-size="16" font-weight="600"'),
    ...xTicks(x),
    ...yTicks(y),
    text((LEFT + RIGHT) / 2, BOTTOM + 46, plot.x, 'text-anchor="middle"'),
    text(0, 0, plot.y, `text-anchor="middle" transform="translate(20 ${middle()}) rotate(-90)"`),
    ...plot.lines.flatMap((line, index) => [
      ...drawLine(line, index, { x, y }),
      ...legendRow(line, index),
    ]),
    '</svg>',
    '',
  ].join('\n');
}

function middle(): number {
  return (TOP + BOTTOM) / 2;
}

function xTicks({ ticks, at }: LogAxis): string[] {
  return ticks.flatMap((tick) => [
    grid(at(tick), TOP, at(tick), BOTTOM),
    text(at(tick), BOTTOM + 20, shown(tick), 'text-anchor="middle"'),
  ]);
}

function yTicks({ ticks, at }: LogAxis): string[] {
  return ticks.flatMap((tick) => [
    grid(LEFT, at(tick), RIGHT, at(tick)),
    text(LEFT - 8, at(tick) + 4, shown(tick), 'text-anchor="end"'),
  ]);
}

function grid(fromX: number, fromY: number, toX: number, toY: number): string {
  const [x1, y1, x2, y2] = [fromX, fromY, toX, toY].map(rounded);
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${INK}" stroke-opacity="0.3"/>`;
}

function drawLine({ points }: Line, index: number, { x, y }: Axes): string[] {
  const places = points.map(([left, up]) => [rounded(x.at(left)), rounded(y.at(up))] as const);
  const path = places.map((place) => place.join(',')).join(' ');
  const dots = places.map(
    ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour(index)}"/>`,
  );
  return [`<polyline points="${path}" ${stroke(index)}/>`, ...dots];
}

function legendRow({ subject }: Line, index: number): string[] {
  const row = TOP + 12 + index * 24;
  return [
    `<path d="M${RIGHT + 20} ${row} h34" ${stroke(index)}/>`,
    text(RIGHT + 62, row + 4, subject, ''),
  ];
}

function stroke(index: number): string {
  const dashes = DASHES[index % DASHES.length];
  return `fill="none" stroke="${colour(index)}" stroke-width="2.5" stroke-dasharray="${dashes}"`;
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? INK;
}

function text(x: number, y: number, content: string, attributes: string): string {
  const place = `x="${rounded(x)}" y="${rounded(y)}"`;
  return `<text ${[place, attributes].join(' ').trim()}>${escaped(content)}</text>`;
}

function shown(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function rounded(place: number): number {
  return Number(place.toFixed(1));
}
