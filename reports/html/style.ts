/** The style of the page: light and dark, narrow and wide, screen and paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf9; --card: #ffffff; --sunk: #f4f2ee; --ink: #1d1c1a; --soft: #67635d; --line: #e2ded7; --accent: #1f57c3;
  --bad: #b3221b; --bad-tint: #fdecea; --good: #17733f; --good-tint: #e8f5ec; --warn: #8a5a00; --warn-tint: #fdf3dc; --none-tint: #efedea;
  --r: #cfe1ff; --w: #c8ebcf; --x: #e4d5fc; --wx: #ffd8b5; --n: #e3e0da; --unknown: #f5c6de; --cell-ink: #22211f; --edge: #8b867e; --change: #d3480b;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #141517; --card: #1b1d20; --sunk: #222428; --ink: #e9e6e1; --soft: #a29d95; --line: #33363b; --accent: #86aefc;
    --bad: #ff8a80; --bad-tint: #3a1b1a; --good: #7fd6a0; --good-tint: #15301f; --warn: #efc05e; --warn-tint: #33280f; --none-tint: #26282b;
    --r: #27436f; --w: #215235; --x: #4a3679; --wx: #764518; --n: #3c3d41; --unknown: #6d2e4d; --cell-ink: #f1efeb; --edge: #807c75; --change: #ff9a57;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; max-width: 84rem; padding: 0 clamp(1rem, 3vw, 2.5rem) 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
a { color: var(--accent); text-underline-offset: .15em; }
code, pre, .clause { font-family: var(--mono); font-size: .875em; }
h1, h2, h3, p, figure, dl, dd, ul { margin: 0; padding: 0; }
h2 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; margin: 3rem 0 .75rem; }
h3 { font-size: .8125rem; font-weight: 650; color: var(--soft); text-transform: uppercase; letter-spacing: .06em; margin: 0 0 .5rem; }
.note { color: var(--soft); font-size: .875rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

header { margin-top: clamp(1rem, 3vw, 2.5rem); padding: clamp(1.25rem, 3vw, 2.25rem); border-radius: 14px; background: var(--tint); border-left: 10px solid var(--tone); }
header.conforms { --tone: var(--good); --tint: var(--good-tint); }
header.diverges { --tone: var(--bad); --tint: var(--bad-tint); }
header.unsettled { --tone: var(--warn); --tint: var(--warn-tint); }
header.not-run { --tone: var(--soft); --tint: var(--none-tint); }
header .tool { color: var(--soft); font-size: .875rem; }
h1 { color: var(--tone); font-size: clamp(2.5rem, 7vw, 4.25rem); line-height: 1.05; letter-spacing: -.025em; font-weight: 750; margin: .25rem 0 .5rem; }
.glyph { font-weight: 600; }
.reason { font-size: clamp(1.05rem, 2vw, 1.25rem); max-width: 46rem; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1px; margin: 1.25rem 0; background: var(--line); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.figures div { background: var(--card); padding: .75rem 1rem; }
.figures dt { color: var(--soft); font-size: .8125rem; }
.figures dd { font-size: 1.3rem; font-weight: 600; letter-spacing: -.01em; white-space: nowrap; }
.figures .bad dd { color: var(--bad); }
.figures .warn dd { color: var(--warn); }
.facts > * + * { margin-top: .6rem; }

pre { margin: 0; padding: .85rem 1rem; background: var(--sunk); border: 1px solid var(--line); border-radius: 8px; line-height: 1.55; overflow-x: auto; tab-size: 8; }
.block { position: relative; }
.copy { position: absolute; top: .4rem; right: .4rem; opacity: 0; }
.block:hover .copy, .copy:focus-visible { opacity: 1; }
@media (hover: none) { .copy { opacity: 1; } }
button { font: inherit; font-size: .8125rem; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .2rem .65rem; cursor: pointer; }
button:hover:enabled { border-color: var(--edge); }
button:disabled { opacity: .4; cursor: default; }
.comment { color: var(--soft); }
.call { font-weight: 650; }
.expect { color: var(--good); }
.observed { color: var(--ink); }

.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; font-size: .8125rem; color: var(--soft); margin-bottom: 1rem; }
.legend svg { vertical-align: -3px; }
summary { cursor: pointer; }
.all { float: right; font-weight: 400; letter-spacing: 0; }
.finding { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 10px; margin: .75rem 0; }
.finding.variant { border-left-color: var(--warn); }
.finding > summary { padding: .8rem 1.1rem; list-style: none; }
.finding > summary::-webkit-details-marker { display: none; }
.finding > summary .number { display: inline-block; min-width: 1.4rem; color: var(--soft); }
.finding > summary .clause { font-size: 1.0625rem; font-weight: 650; margin-right: .4rem; }
.gist { display: block; margin: .2rem 0 0 1.65rem; }
.gist .observed { color: var(--bad); font-weight: 600; }
.finding.variant .gist .observed { color: var(--warn); }
.word { color: var(--soft); font-size: .875rem; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .6rem; font-size: .75rem; line-height: 1.6; color: var(--soft); white-space: nowrap; max-width: 100%; overflow: hidden; text-overflow: ellipsis; vertical-align: middle; }
.badge + .badge { margin-left: .35rem; }
.badge.variant, .badge.flaky { color: var(--warn); border-color: currentcolor; }
.badge.known { color: var(--good); border-color: currentcolor; }
.body { padding: .25rem 1.1rem 1.25rem; }
.body > * + * { margin-top: 1.5rem; }
.minimal .note { margin-top: .4rem; }
.source { margin-top: .6rem; }
.source > * + * { margin-top: .5rem; }
.open { margin: .5rem 0; }
.open pre { margin-top: .4rem; }

.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
@media (min-width: 62rem) { .columns { grid-template-columns: minmax(0, 1.15fr) minmax(0, 1fr); gap: 1.75rem; } .js .frames { position: sticky; top: 1rem; } }
@media screen and (max-width: 61.99rem) { .js .frames { order: -1; position: sticky; top: 0; background: var(--card); padding: .5rem 0; border-bottom: 1px solid var(--line); z-index: 1; max-height: 50vh; overflow-y: auto; } }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 550; white-space: nowrap; }
.num { text-align: right; }
#clauses .num { padding-right: 2rem; }
td code, td .clause { font-size: .8125rem; }
td .clause, td.clause + td { color: var(--soft); }
.plain { width: auto; margin-top: .4rem; }
.plain th { font-weight: 400; color: var(--soft); }
.steps td:first-child, .steps th:first-child { padding-left: .5rem; width: 2.2rem; text-align: right; }
.steps td.num a { color: var(--soft); text-decoration: none; }
.steps .verdict { white-space: nowrap; color: var(--soft); }
.steps .conforms .verdict { color: var(--good); }
.steps .diverges .verdict, .steps .diverges .observed { color: var(--bad); font-weight: 650; }
.steps .variant .verdict, .steps .variant .observed { color: var(--warn); font-weight: 650; }
.steps .diverges td { background: var(--bad-tint); }
.steps .variant td { background: var(--warn-tint); }
.js .steps tbody tr { cursor: pointer; }
.js .steps tr.current td:first-child { box-shadow: inset 4px 0 var(--accent); }
.js .steps tr.current td:first-child a { color: var(--accent); font-weight: 700; }
#clauses tr.diverges td { background: var(--bad-tint); }
#clauses tr.diverges td:last-child { color: var(--bad); }
#clauses tr.not-exercised td:last-child { color: var(--warn); }
#clauses tr.known td, #choices tr.variant td, #quirks tr.variant td { background: var(--warn-tint); }
#clauses td:first-child, #choices td:first-child, #quirks td:first-child { padding-left: .5rem; }
#clauses td:last-child { white-space: nowrap; }
#clauses thead button { border: 0; background: none; padding: 0; color: inherit; font-weight: inherit; font-size: inherit; }
th[aria-sort] button::after { content: " ↑"; }
th[aria-sort=descending] button::after { content: " ↓"; }
.filter { display: flex; gap: .75rem; align-items: center; margin-bottom: .75rem; }
.filter input { font: inherit; flex: 0 1 24rem; min-width: 0; padding: .35rem .7rem; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }

.frame + .frame { margin-top: 1.25rem; }
.js .frame + .frame { margin-top: 0; }
.js .frame:not(.current) { display: none; }
.frame.current { animation: none; }
figcaption { font-size: .875rem; color: var(--soft); margin-bottom: .5rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.stepper { display: flex; gap: .6rem; align-items: center; margin-bottom: .6rem; }
.stepper input { flex: 1; min-width: 0; max-width: 20rem; accent-color: var(--accent); }
.stepper button { font-size: 1.05rem; line-height: 1.2; }
.patterns { position: absolute; }
.memory { display: block; max-width: none; }
.legend .memory { display: inline-block; }
.memory text { font: 10.5px/1 var(--mono); fill: var(--cell-ink); }
.memory .tick { fill: var(--soft); }
.memory .process { font-weight: 700; fill: var(--ink); }
.memory .absent { opacity: .35; }
.memory rect { stroke: var(--edge); stroke-width: 1; }
.p-none { fill: var(--n); } .p-r { fill: var(--r); } .p-w { fill: var(--w); } .p-x { fill: var(--x); } .p-wx { fill: var(--wx); } .p-unknown { fill: var(--unknown); }
.memory .hole { fill: none; stroke-dasharray: 2 3; }
.memory .shared { fill: url(#hatch); stroke: none; }
.hatch { stroke: var(--edge); stroke-width: 1.4; opacity: .55; fill: none; }
.memory .changed { fill: none; stroke: var(--change); stroke-width: 3; }
.memory .hole + .changed { stroke-dasharray: 5 3; }
.page { stroke: var(--edge); stroke-width: 1; opacity: .45; fill: none; }
.tickmark { stroke: var(--edge); fill: none; }

footer { margin-top: 4rem; color: var(--soft); font-size: .8125rem; border-top: 1px solid var(--line); padding-top: 1rem; }

@media (max-width: 40rem) {
  .finding > summary, .body { padding-left: .8rem; padding-right: .8rem; }
  .gist { margin-left: 0; }
  pre { padding: .7rem .8rem; font-size: .8125rem; }
  .steps, .steps tbody, .steps tr, .steps td { display: block; width: auto; border: 0; }
  .steps thead { display: none; }
  .steps tr { position: relative; padding: .4rem .5rem .4rem 2.4rem; border-bottom: 1px solid var(--line); }
  .steps td { padding: .1rem 0; }
  .steps td:first-child { position: absolute; left: 0; top: .4rem; bottom: .4rem; }
  .steps td:nth-child(3)::before { content: "expected "; color: var(--soft); }
  .steps td:nth-child(4)::before { content: "observed "; color: var(--soft); }
  .steps .allowed { display: inline; }
  .steps .allowed + .allowed::before { content: "or "; color: var(--soft); }
  .steps tr.diverges { background: var(--bad-tint); }
  .steps tr.variant { background: var(--warn-tint); }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; background: none; }
  header, .steps td, rect { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .stepper, .copy, .filter, .all, .source:not([open]) { display: none; }
  .js .frame:not(.current) { display: block; }
  .js .frame + .frame { margin-top: 1rem; }
  .js .frames { position: static; }
  .frame, tr, header, .figures { break-inside: avoid; }
  .finding { break-inside: auto; }
  .columns { grid-template-columns: minmax(0, 1fr); }
  pre { white-space: pre-wrap; }
  h2, h3 { break-after: avoid; }
}
`;
