/** A dialect as a whole: the variant of every choice that holds on a host. */
import { type ChoiceId, CLAUSES, type Variant } from '../clauses.ts';
import { type Dialect, parseConditions } from './condition.ts';
import type { Host } from './host.ts';

export { DIALECTS, type Dialect } from './condition.ts';

/** The variant taken of each choice. */
export type Choices = { readonly [C in ChoiceId]: Variant<C> };

/** The variants of a choice by name: what each says, and when it holds. */
export type Variants = Readonly<Record<string, { readonly text: string; readonly when: string }>>;

/**
 * The variant of one choice that a dialect takes on a host.
 * @throws Error where no variant's conditions hold, or those of several
 */
export function resolveChoice(id: string, variants: Variants, dialect: Dialect, host: Host): string {
  const names = Object.keys(variants).filter((name) => applies(id, variants[name]!.when, dialect, host));
  if (names.length === 1) return names[0]!;
  const found = names.length === 0 ? 'no variant holds' : `the variants ${names.join(' and ')} both hold`;
  throw new Error(`${id}: ${found} for ${dialect} on ${host.system} ${host.release} (${host.machine})`);
}

function applies(id: string, when: string, dialect: Dialect, host: Host): boolean {
  const alternatives = parseConditions(when);
  if (typeof alternatives === 'string') throw new Error(`${id}: ${alternatives}`);
  return alternatives.some((alternative) => alternative.dialect === dialect && alternative.holds(host));
}

/**
 * All choices of a dialect on a host.
 * @throws Error where the dialect says nothing of a choice, or contradicts itself
 */
export function resolveDialect(dialect: 'linux', host: Host): Choices {
  const choices: Record<string, string> = {};
  for (const [id, clause] of Object.entries(CLAUSES)) {
    if (clause.variants !== undefined) choices[id] = resolveChoice(id, clause.variants, dialect, host);
  }
  // Every choice has been given one of its own variants.
  return choices as Choices;
}
