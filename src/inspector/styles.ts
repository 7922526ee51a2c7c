/**
 * The style sheet of the shadow tree: one neutral scale, one accent, and a red for what is dead or final. A page can set
 * `--ackline-accent`, and the `height`, `font` and `color-scheme` of the element.
 */
const FRAME = `
:host {
  --paper: light-dark(#fbfbfa, #15181a);
  --raised: light-dark(#fff, #1c2023);
  --sunken: light-dark(#f1f1ee, #23282c);
  --line: light-dark(#e0dfda, #30363b);
  --edge: light-dark(#bab8b1, #59626a);
  --ink: light-dark(#1c2022, #e8eae9);
  --quiet: light-dark(#5a6064, #a4adb3);
  --accent: var(--ackline-accent, light-dark(#0b655e, #62d2c4));
  --bad: light-dark(#a92531, #ff9d9d);
  --wash: color-mix(in oklab, var(--accent) 12%, transparent);
  --rule: 1px solid var(--line);
  --code: ui-monospace, Menlo, Consolas, monospace;
  display: block;
  height: 46rem;
  color: var(--ink);
  font: 0.8125rem/1.45 system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; min-height: 0; margin: 0; }
.frame {
  container: frame / inline-size;
  display: flex;
  flex-direction: column;
  height: 100%;
  border: var(--rule);
  border-radius: 0.75rem;
  background: var(--paper);
  overflow: hidden;
}
header { display: flex; align-items: center; gap: 0.75rem; padding: 0.625rem 1rem; background: var(--raised); }
h1, h2, h3, h4 { font-size: inherit; font-weight: 600; overflow-wrap: anywhere; }
h1 { font-size: 0.9375rem; }
h2 { font-size: 1.0625rem; }
.channel > h2 { padding: 0.875rem 1rem 0.375rem; }
h4, .table-box h3 { margin: 0.875rem 0 0.375rem; color: var(--quiet); font-weight: 500; }
.source-place, .place, .panel { flex: 1; }
.source, .channels, .channel { display: flex; flex-direction: column; height: 100%; }
.notices { display: flex; flex-wrap: wrap; border-bottom: var(--rule); background: var(--raised); }
.notices p:not(:empty) { padding: 0 1rem 0.5rem; }
.status, .empty, .caption, .place-text, dt, thead, .grid-head { color: var(--quiet); }
.status::before {
  content: "";
  display: inline-block;
  width: 0.5rem;
  height: 0.5rem;
  margin-right: 0.5rem;
  border-radius: 50%;
  background: var(--edge);
}
.status[data-state="open"]::before { background: var(--accent); }
.faults { color: var(--bad); overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: minmax(17rem, 22rem) minmax(0, 1fr); flex: 1; }
.channels { border-right: var(--rule); }
.channels > button { margin: 0.5rem 1rem; }
.empty { padding: 1rem; }
.code { font-family: var(--code); font-size: 0.75rem; }
.mark { margin-left: 0.5rem; color: var(--accent); font-weight: 600; }`;

const CONTROLS = `
button, select {
  min-height: 1.875rem;
  padding: 0 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 0.4rem;
  background: var(--raised);
  color: inherit;
  font: inherit;
  font-weight: 500;
  cursor: pointer;
}
button:disabled { border-color: var(--line); color: var(--quiet); cursor: default; }
button:enabled:hover, .primary { border-color: currentcolor; color: var(--accent); }
.final.final:enabled { color: var(--bad); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
h3 { outline: 0; }
.actions, .list-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin-top: 0.875rem; }
dialog {
  width: min(26rem, 100vw - 2rem);
  margin: auto;
  padding: 1.25rem;
  border: var(--rule);
  border-radius: 0.75rem;
  background: var(--raised);
  color: inherit;
}
dialog p { margin-top: 0.5rem; overflow-wrap: anywhere; }
dialog .actions { justify-content: end; }
.tabs { display: flex; flex: none; padding: 0.5rem 0.5rem 0; border-bottom: var(--rule); overflow-x: auto; }
.tabs button { flex: none; padding: 0 0.5rem; border-width: 0 0 2px; border-radius: 0; background: 0; color: var(--quiet); }
.tabs button[aria-selected="true"] { border-color: var(--accent); color: var(--ink); }
.tabs button[aria-selected="false"] { border-color: transparent; }`;

const FIGURES = `
.figures { display: flex; flex-wrap: wrap; gap: 0.25rem 1.75rem; padding: 0 1rem; }
.figures div { min-width: 4rem; }
.figures dd { font-size: 1.25rem; font-weight: 600; line-height: 1.3; }
.figures dt, .caption, thead, .grid-head { font-size: 0.75rem; font-weight: 400; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem 1rem; padding: 0.625rem 1rem 0; }
.caption { display: flex; justify-content: space-between; }
svg { display: block; width: 100%; height: 3.5rem; border: solid var(--line); border-width: 1px 0; overflow: visible; }
.line { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.second { stroke: var(--quiet); stroke-dasharray: 3; }
.area { fill: var(--wash); }`;

const LISTS = `
.grid { position: relative; flex: 1; overflow: auto; overflow-anchor: none; }
.grid [role="row"] {
  display: grid;
  grid-template-columns: var(--tracks);
  align-content: center;
  align-items: baseline;
  gap: 0.875rem;
  height: 2rem;
  padding: 0 1rem;
  border-bottom: var(--rule);
}
.grid-head { position: sticky; top: 0; z-index: 1; background: var(--paper); }
.grid-body { position: relative; }
.grid-row { position: absolute; inset: 0 0 auto; cursor: pointer; }
.grid-row:hover { background: var(--sunken); }
.grid-row[aria-selected="true"], .grid:focus .active { background: var(--wash); box-shadow: inset 3px 0 var(--accent); }
.grid-row > *, .grid-head * > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.number { text-align: end; }
.bad, .dead dd { color: var(--bad); }
.zero.zero { color: var(--quiet); }
.events { position: relative; display: grid; grid-template: auto minmax(0, 1fr) / minmax(0, 1fr); height: 100%; }
.events:has(.detail) { grid-template-columns: minmax(0, 1fr) minmax(20rem, 28rem); }
.list-bar { margin: 0; padding: 0.5rem 1rem; }
.place-text { flex: 1; }
.list { container: list / inline-size; position: relative; display: flex; flex-direction: column; }
.list .empty { position: absolute; top: 2rem; }
.detail { grid-area: 1 / 2 / -1; padding: 0 1rem 1rem; border-left: var(--rule); background: var(--raised); overflow: auto; }
.detail-head { position: sticky; top: 0; display: flex; justify-content: space-between; align-items: start; gap: 0.75rem; padding: 0.75rem 0; background: inherit; }
.detail dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.2rem 1rem; }
.detail dd, pre { overflow-wrap: anywhere; white-space: pre-wrap; }
pre { padding: 0.75rem; border-radius: 0.4rem; background: var(--sunken); font: 0.75rem/1.5 var(--code); }
.table-box { height: 100%; padding: 0.5rem 1rem 1rem; overflow: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { height: 2.25rem; padding: 0 0.5rem; border-bottom: var(--rule); text-align: end; font-weight: 400; overflow-wrap: anywhere; }
th:first-child { padding-left: 0; }
th:first-child, .words td, .words th { text-align: start; }`;

const NARROW = `
@container frame (width < 60rem) {
  .events:has(.detail) { grid-template-columns: minmax(0, 1fr); }
  .detail { position: absolute; inset: 0; z-index: 2; border: 0; }
}
@container frame (width < 46rem) {
  .columns { display: block; overflow: auto; }
  .channels { height: auto; max-height: 9rem; border-right: 0; border-bottom: var(--rule); }
  .channel { height: auto; }
  .panel { flex: none; height: 28rem; }
  .charts { grid-template-columns: 1fr; }
  svg { height: 2.5rem; }
}
@container list (width < 36rem) {
  .grid [role="row"] { grid-template-columns: var(--few-tracks); }
  .extra { display: none; }
}
@media (max-width: 46rem) { :host { height: auto; } }
@media (pointer: coarse) {
  button, select { min-height: 2.5rem; }
  .grid [role="row"] { height: 2.75rem; }
}`;

export const STYLES: string = FRAME + CONTROLS + FIGURES + LISTS + NARROW;
