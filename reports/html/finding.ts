/** One divergence: its minimal program, what happened step by step beside the memory, and what replays it. */
import type { Allowed, AuditRow, Divergence, Quirk, Result, ResultStep } from '../result.ts';
import { counted, formatSeconds, shortened } from '../text.ts';
import { findingName, quirkOf, shellQuoted } from '../verdict.ts';
import { type Html, highlighted, highlightedStep, html, webLink } from './html.ts';
import { layOut } from './layout.ts';
import { picture } from './picture.ts';

/** Bounds on what the page shows of one finding; the JSON has all of it. */
const STEPS_MAX = 100;
const PROGRAM_LENGTH_MAX = 20_000;
const TEXT_LENGTH_MAX = 500;

/** Characters that parts of findings may still take in the page. The first findings are shown whole, later ones as far as there is room. */
export interface Room {
  pictures: number;
  tables: number;
  programs: number;
}

/** Takes the room for these texts, if all of them fit. */
function takes(room: Room, part: keyof Room, texts: readonly (Html | string)[]): boolean {
  const length = texts.reduce<number>((sum, text) => sum + text.toString().length, 0);
  if (length > room[part]) return false;
  room[part] -= length;
  return true;
}

/** The finding with this index among the result's divergences. Takes what it uses from the room. */
export function finding(result: Result, index: number, room: Room): Html {
  const divergence = result.divergences[index]!;
  const quirk = quirkOf(result, divergence);
  const id = findingId(index);
  return html`
<details class="finding ${divergence.kind}" id="${id}">
<summary><span class="number">${index + 1}</span> <span class="clause">${short(divergence.clause)}</span> ${badges(divergence, quirk)}
<span class="gist"><span class="word">expected</span> ${texts(divergence.expected)} <span class="word">observed</span> <code class="observed">${short(divergence.observed)}</code></span></summary>
<div class="body">
${minimal(divergence)}
${quirk === undefined ? undefined : known(quirk)}
${trace(divergence, id, room)}
${audit(divergence.audit ?? [])}
${replay(divergence, index, room)}
</div>
</details>`;
}

/** The anchor of a finding. */
export function findingId(index: number): string {
  return `finding-${index + 1}`;
}

function short(text: string): string {
  return shortened(text, TEXT_LENGTH_MAX);
}

function badges(divergence: Divergence, quirk: Quirk | undefined): readonly Html[] {
  const { deterministic, kind, variant, count, afterResync } = divergence;
  const list = [html`<span class="badge">${counted(count, 'program')}</span>`];
  if (kind === 'variant') list.unshift(html`<span class="badge variant">variant ${short(variant ?? '')}</span>`);
  if (quirk !== undefined) list.unshift(html`<span class="badge known">known quirk</span>`);
  if (deterministic.hits < deterministic.of) {
    list.push(html`<span class="badge flaky">flaky: ${deterministic.hits} of ${deterministic.of} runs</span>`);
  }
  if (afterResync) list.push(html`<span class="badge">after resync</span>`);
  return list;
}

function texts(expected: readonly Allowed[]): Html {
  if (expected.length === 0) return html`<em>nothing</em>`;
  return html`${expected.map(({ text }, i) => html`${i === 0 ? '' : html` <span class="word">or</span> `}<code>${short(text)}</code>`)}`;
}

function minimal(divergence: Divergence): Html {
  const { minimisation } = divergence;
  const [from, to] = minimisation.steps;
  const effort = `${counted(minimisation.executions, 'execution')} in ${formatSeconds(minimisation.seconds)}`;
  const end = minimisation.complete ? '' : '; the budget ended before it could be shown to be minimal';
  return html`<section class="minimal">
<h3>Minimal program</h3>
<pre class="vkt copyable" tabindex="0">${highlighted(shortened(divergence.minimal, PROGRAM_LENGTH_MAX))}</pre>
<p class="note">Shrunk from ${counted(from, 'step')} to ${to} with ${effort}${end}.${
    divergence.afterResync ? ' It was found after an earlier divergence of the same program.' : ''
  }</p>
</section>`;
}

function known(quirk: Quirk): Html {
  return html`<p class="note">Known quirk: ${short(quirk.reason)} ${quirk.link === undefined ? undefined : webLink(quirk.link)}</p>`;
}

const VERDICTS: Readonly<Record<ResultStep['verdict'], string>> = {
  conforms: '✓ conforms',
  variant: '≠ variant',
  diverges: '✗ diverges',
  undecided: '? undecided',
  unchecked: '· unchecked',
};

/** The number of the step that the finding is about; of the last one where none shows it, as when only the final audit does. */
function culprit({ steps, kind, clause }: Divergence, last: number): number {
  const exact = steps.findIndex((step) => step.verdict === kind && step.clause === clause);
  const index = exact === -1 ? steps.findIndex((step) => step.verdict === kind) : exact;
  return index === -1 ? last : index + 1;
}

function trace(divergence: Divergence, id: string, room: Room): Html | undefined {
  const { steps } = divergence;
  if (steps.length === 0) return undefined;
  const shown = steps.slice(0, STEPS_MAX);
  const pictures = frames(shown, id);
  const drawn = takes(room, 'pictures', pictures);
  const rows = shown.map((step, i) => stepRow(step, i, drawn ? `${id}-step-${i + 1}` : undefined));
  if (!takes(room, 'tables', rows))
    return html`<p class="note">The steps of this finding are left out to keep the page small; the JSON report has them.</p>`;
  const more = steps.length - shown.length;
  return html`<section class="trace" data-start="${culprit(divergence, shown.length)}">
<h3>Step by step</h3>
<div class="columns">
<div class="scroll"><table class="steps"><thead><tr><th scope="col">#</th><th scope="col">Step</th><th scope="col">Expected</th><th scope="col">Observed</th><th scope="col">Verdict</th></tr></thead>
<tbody>${rows}</tbody></table>${more > 0 ? html`<p class="note">… and ${counted(more, 'step')} more in the JSON report.</p>` : undefined}</div>
${
  drawn
    ? html`<div class="frames">${pictures}</div>`
    : html`<p class="note">The pictures of this finding are left out to keep the page small.</p>`
}
</div>
</section>`;
}

function stepRow(step: ResultStep, index: number, target: string | undefined): Html {
  const number = target === undefined ? html`${index + 1}` : html`<a href="#${target}">${index + 1}</a>`;
  return html`
<tr class="${step.verdict}"><td class="num">${number}</td><td><code class="vkt">${highlightedStep(short(step.text))}</code></td><td>${
    step.expected === undefined ? html`<span class="clause">${short(step.clause ?? '')}</span>` : alternatives(step.expected)
  }</td><td><code class="observed">${short(step.observed)}</code></td><td class="verdict">${VERDICTS[step.verdict]}</td></tr>`;
}

function alternatives(expected: readonly Allowed[]): Html {
  if (expected.length === 0) return html`<em>nothing</em>`;
  return html`${expected.map(
    ({ clause, text }) => html`<div class="allowed"><code>${short(text)}</code> <span class="clause">${short(clause)}</span></div>`,
  )}`;
}

function frames(steps: readonly ResultStep[], id: string): readonly Html[] {
  const layout = layOut(steps.map(({ memory }) => memory));
  return steps.map((step, i) => {
    const drawing =
      layout.strips.length === 0
        ? html`<p class="note">Nothing is mapped.</p>`
        : html`<div class="scroll" tabindex="0">${picture(layout, step.memory, steps[i - 1]?.memory)}</div>`;
    return html`
<figure class="frame" id="${id}-step-${i + 1}"><figcaption>After step ${i + 1}: <code>${shortened(step.text, 80)}</code></figcaption>${drawing}</figure>`;
  });
}

function audit(rows: readonly AuditRow[]): Html | undefined {
  if (rows.length === 0) return undefined;
  const shown = rows.slice(0, STEPS_MAX).map(
    (row) => html`
<tr><td>${short(row.process)}</td><td><code>${short(row.page)}</code></td><td>${alternatives(row.expected)}</td><td><code class="observed">${short(row.observed)}</code></td></tr>`,
  );
  const more = rows.length - shown.length;
  return html`<section>
<h3>At the end</h3>
<div class="scroll"><table><thead><tr><th scope="col">Process</th><th scope="col">Page</th><th scope="col">Expected</th><th scope="col">Observed</th></tr></thead><tbody>${shown}</tbody></table></div>
${more > 0 ? html`<p class="note">… and ${counted(more, 'page')} more in the JSON report.</p>` : undefined}
</section>`;
}

function replay(divergence: Divergence, index: number, room: Room): Html {
  const name = findingName(divergence, index);
  const { c } = divergence.reproducer;
  // Its files stand beside the page; the page's script puts the text itself into the link, so that a page sent alone has it too.
  const file = encodeURI(`findings/${name}.c`);
  const found = highlighted(shortened(divergence.program, PROGRAM_LENGTH_MAX));
  const link = html`<p><a class="download" href="${file}" download="${name}.c">Download ${name}.c</a></p>`;
  return html`<section class="replay">
<h3>Replay</h3>
<pre class="copyable" tabindex="0">vkconform check ${shellQuoted(divergence.token)}</pre>
${
  c !== '' && takes(room, 'programs', [c])
    ? html`<details class="source"><summary>The reproducer in C</summary><pre class="copyable c" tabindex="0">${c}</pre>${link}</details>`
    : html`<p class="note">The reproducer in C: <a href="${file}">${name}.c</a></p>`
}
${
  takes(room, 'programs', [found])
    ? html`<details class="source"><summary>The program as it was found</summary><pre class="vkt copyable" tabindex="0">${found}</pre></details>`
    : undefined
}
</section>`;
}
