export type ClauseId = string;
export type ChoiceId = string;
export const CLAUSES: Record<string, { variants: Record<string, string> }> = {};
