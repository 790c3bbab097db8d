export type ClauseId = string;
export type ChoiceId = string;
export type Variant<_C extends ChoiceId> = string;
export const CLAUSES: Record<string, { variants: Record<string, { text: string; when: string }> }> = {};
