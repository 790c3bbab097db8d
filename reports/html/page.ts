/** The result as one HTML page that needs nothing but itself. */
import { createHash } from 'node:crypto';
import type { Result } from '../result.ts';
import { counted, formatCount, formatSeconds, shortened, visibleLine } from '../text.ts';
import { chapterOf, clauseRows, replayCommand, vanishedQuirks, verdictOf } from '../verdict.ts';
import { finding, findingId, type Room } from './finding.ts';
import { Html, highlighted, html, webLink } from './html.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** Findings whose details the page shows at all, and what their pictures and programs may take: together well below two megabytes. */
const FINDINGS_MAX = 400;
const ROOM: Room = { pictures: 350_000, tables: 300_000, programs: 300_000 };
const ROWS_MAX = 2000;
const TEXT_LENGTH_MAX = 500;
const PROGRAM_LENGTH_MAX = 5000;

const GLYPHS = { conforms: '✓', diverges: '✗', unsettled: '?', 'not-run': '–' } as const;

/** The page. Nothing of the result can run in it: all is escaped, and the page's policy admits its own script and style alone. */
export function formatHtml(result: Result): string {
  const { target } = result;
  const verdict = verdictOf(result);
  const title = visibleLine(`${verdict.headline}: ${target.name} · ${target.system} ${target.version}`);
  const policy = `default-src 'none'; script-src '${digest(SCRIPT)}'; style-src '${digest(STYLE)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  // Our own texts, which contain nothing to escape and must reach the browser as their digests have them.
  const style = new Html(`<style>${STYLE}</style>`);
  const script = new Html(`<script>${SCRIPT}</script>`);
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${shortened(title, 200)}</title>
<link rel="icon" href="data:,">
${style}
${script}
</head>
<body>
<header class="${verdict.kind}">
<p class="tool">vkconform ${result.tool.version}</p>
<h1><span class="glyph" aria-hidden="true">${GLYPHS[verdict.kind]}</span> ${verdict.headline}</h1>
<p class="reason">${shortened(verdict.reason, TEXT_LENGTH_MAX)}</p>
</header>
<main>
${figures(result)}
${facts(result)}
${findings(result)}
${choices(result)}
${quirks(result)}
${open('Undecided', 'undecided', result.undecided)}
${open(
  'Lost',
  'lost',
  result.lost.reasons.map(({ why, count, program }) => ({ reason: why, count, program })),
)}
${clauses(result)}
</main>
<footer><p>Written by vkconform ${result.tool.version} at the end of the run that started at <time>${result.startedAt}</time>.</p></footer>
</body>
</html>`}\n`;
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function short(text: string): string {
  return shortened(text, TEXT_LENGTH_MAX);
}

function figures(result: Result): Html {
  const rows = clauseRows(result);
  const exercised = rows.filter((row) => row.exercised > 0).length;
  const items: readonly [string, string, string][] = [
    ['Programs', formatCount(result.programs), ''],
    ['Steps', formatCount(result.steps), ''],
    ['Steps per second', formatCount(Math.round(result.stepsPerSecond)), ''],
    ['Time', formatSeconds(result.seconds), ''],
    ['Clauses exercised', `${formatCount(exercised)} of ${formatCount(rows.length)}`, ''],
    ['Findings', formatCount(result.divergences.length), result.divergences.length > 0 ? 'bad' : ''],
    ['Undecided', formatCount(result.undecidedPrograms), result.undecidedPrograms > 0 ? 'warn' : ''],
    ['Lost', formatCount(result.lost.programs), result.lost.programs > 0 ? 'warn' : ''],
  ];
  return html`<dl class="figures">${items.map(
    ([name, value, tone]) => html`<div class="${tone}"><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

function facts(result: Result): Html {
  const { target } = result;
  const row = (name: string, value: Html | string) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
  const options = Object.entries(result.options).map(([name, value]) => row(short(name), short(String(value))));
  const host = Object.entries(target.host ?? {}).map(([name, value]) => row(short(name), short(value)));
  const more = [...options, ...host].slice(0, ROWS_MAX);
  return html`<section class="facts">
<p><strong>${short(target.name)}</strong> on ${short(`${target.system} ${target.version}`)} (${short(target.machine)}, ${
    target.privileged ? 'privileged' : 'unprivileged'
  }) · dialect <strong>${short(result.dialect)}</strong> · seed <strong>${String(result.seed)}</strong></p>
<pre class="copyable" tabindex="0">${short(replayCommand(result))}</pre>
${more.length === 0 ? undefined : html`<details><summary>Options and host</summary><table class="plain"><tbody>${more}</tbody></table></details>`}
</section>`;
}

const LEGEND: readonly (readonly [string, string])[] = [
  ['p-none', 'no access'],
  ['p-r', 'read'],
  ['p-w', 'read and write'],
  ['p-x', 'execute'],
  ['p-wx', 'write and execute'],
];

function legend(): Html {
  const key = (classes: readonly string[], label: string) =>
    html`<li><svg class="memory" width="22" height="16" aria-hidden="true">${classes.map(
      (name) => html`<rect class="${name}" x="1" y="1" width="20" height="14"/>`,
    )}</svg> ${label}</li>`;
  return html`<ul class="legend" aria-label="Colours of the pictures">${LEGEND.map(([name, label]) => key([name], label))}${key(
    ['p-w', 'shared'],
    'shared',
  )}${key(['hole'], 'not mapped')}${key(['changed'], 'changed by the step')}</ul>`;
}

/** The pattern of shared memory, which all pictures refer to. */
const PATTERNS = html`<svg width="0" height="0" class="patterns" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0v6"/></pattern></defs></svg>`;

function findings(result: Result): Html {
  const count = result.divergences.length;
  if (count === 0) return html`${undefined}`;
  const room = { ...ROOM };
  const shown = result.divergences.slice(0, FINDINGS_MAX).map((_divergence, i) => finding(result, i, room));
  return html`<section id="findings">
${PATTERNS}
<h2>${counted(count, 'finding')}</h2>
${legend()}
${shown}
${count > shown.length ? html`<p class="note">… and ${counted(count - shown.length, 'finding')} more in the JSON report.</p>` : undefined}
</section>`;
}

function choices(result: Result): Html | undefined {
  const taken = Object.entries(result.choices);
  if (taken.length === 0) return undefined;
  const differing = new Map<string, number>();
  for (const [i, { kind, choice, clause }] of result.divergences.entries()) if (kind === 'variant') differing.set(choice ?? clause, i);
  const order = (id: string) => (differing.has(id) ? 0 : 1);
  const rows = taken
    .sort(([a], [b]) => order(a) - order(b))
    .slice(0, ROWS_MAX)
    .map(([id, variant]) => {
      const index = differing.get(id);
      const remark = index === undefined ? 'as the dialect' : html`<a href="#${findingId(index)}">differs from the dialect</a>`;
      return html`
<tr class="${index === undefined ? '' : 'variant'}"><td class="clause">${short(id)}</td><td>${short(variant)}</td><td>${remark}</td></tr>`;
    });
  return html`<section id="choices">
<h2>Choices</h2>
<p class="note">Where systems legitimately differ: the variant under which this target was judged.</p>
<details${differing.size > 0 ? html` open` : undefined}><summary>${counted(taken.length, 'choice')}, ${
    differing.size === 0 ? 'all as the dialect' : `${formatCount(differing.size)} not as the dialect`
  }</summary><div class="scroll"><table><thead><tr><th scope="col">Choice</th><th scope="col">Variant</th><th scope="col"></th></tr></thead><tbody>${rows}</tbody></table></div></details>
</section>`;
}

function quirks(result: Result): Html | undefined {
  const all = result.quirks ?? [];
  if (all.length === 0) return undefined;
  const gone = new Set(vanishedQuirks(result));
  const rows = all.slice(0, ROWS_MAX).map(
    (quirk) => html`
<tr class="${gone.has(quirk) ? 'variant' : ''}"><td class="clause">${short(quirk.clause)}</td><td>${short(quirk.variant ?? '')}</td><td>${short(quirk.reason)} ${
      quirk.link === undefined ? undefined : webLink(short(quirk.link))
    }</td><td>${gone.has(quirk) ? html`<strong>no longer shows</strong>` : counted(quirk.count, 'program')}</td></tr>`,
  );
  return html`<section id="quirks">
<h2>Known quirks</h2>
<div class="scroll"><table><thead><tr><th scope="col">Clause</th><th scope="col">Variant</th><th scope="col">Reason</th><th scope="col">Shown by</th></tr></thead><tbody>${rows}</tbody></table></div>
</section>`;
}

function open(title: string, id: string, rows: Result['undecided']): Html | undefined {
  if (rows.length === 0) return undefined;
  const items = rows.slice(0, ROWS_MAX).map(
    ({ reason, count, program }) => html`
<details class="open"><summary>${short(reason)} <span class="badge">${counted(count, 'program')}</span></summary><pre class="vkt copyable" tabindex="0">${highlighted(
      shortened(program, PROGRAM_LENGTH_MAX),
    )}</pre></details>`,
  );
  return html`<section id="${id}"><h2>${title}</h2>${items}</section>`;
}

function clauses(result: Result): Html {
  const rank = { diverges: 0, known: 1, 'not exercised': 2, conforms: 3 } as const;
  const rows = clauseRows(result);
  const body = [...rows]
    .sort((a, b) => rank[a.status] - rank[b.status])
    .slice(0, ROWS_MAX)
    .map((row) => {
      const links = row.divergences.slice(0, 10).map((i) => html` <a href="#${findingId(i)}">finding ${i + 1}</a>`);
      return html`
<tr class="${row.status.replace(' ', '-')}"><td class="clause">${short(row.id)}</td><td>${short(chapterOf(row.id))}</td><td class="num" data-value="${row.exercised}">${formatCount(row.exercised)}</td><td class="num" data-value="${row.diverged}">${formatCount(row.diverged)}</td><td>${row.status}${links}</td></tr>`;
    });
  const more = rows.length - body.length;
  return html`<section id="clauses">
<h2>Clauses</h2>
<div class="scroll"><table class="sortable filterable"><thead><tr><th scope="col">Clause</th><th scope="col">Chapter</th><th scope="col" class="num">Steps that exercised it</th><th scope="col" class="num">Programs that diverged</th><th scope="col">Status</th></tr></thead><tbody>${body}</tbody></table></div>
${more > 0 ? html`<p class="note">… and ${counted(more, 'clause')} more in the JSON report.</p>` : undefined}
</section>`;
}
