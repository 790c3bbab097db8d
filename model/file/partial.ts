/** What a copy of many bytes may give when it cannot come to its end. Clauses copy.fault, copy.partial */
import type { ClauseId } from '../../spec/clauses.ts';
import { because, give, type Ruling, refuse } from '../allowed.ts';
import { UserCopy } from '../memory/user-copy.ts';
import type { World } from '../world.ts';
import type { Request } from './request.ts';

export interface Copied {
  readonly count: number;
  readonly world: World;
  /** Why fewer bytes went than could be reached; or what else had a say. */
  readonly clauses?: readonly ClauseId[];
}

/**
 * The ruling on a call that copies: all bytes, those before one that cannot be reached, or EFAULT.
 * @param length  how many bytes there are to move @param clauses  what else decides of a success, which `first` allows
 * @param attempt  moves up to so many bytes, or leaves it open whether they are moved (`maybe`)
 */
export function ruleOfCopy(
  world: World,
  name: string,
  { spans, clauses: asked }: Request,
  length: number,
  clauses: readonly ClauseId[],
  first: ClauseId,
  attempt: (copy: UserCopy, countMax: number, maybe: boolean) => Copied,
): Ruling {
  const copy = new UserCopy(world, name, spans);
  const { count, world: after, clauses: found = [] } = attempt(copy, length, false);
  if (copy.open !== undefined) return { open: copy.open };
  if (count === 0) return [because(refuse('copy.fault', 'EFAULT', after), ...found, ...copy.met)];
  const why = [...clauses, ...found, ...asked, ...copy.met];
  if (count === length || !copy.faulted) return [give([first, ...why], count, after)];
  if (world.choices['copy.partial'] === 'exact') return [give([first, 'copy.partial', ...why], count, after)];
  if (world.choices['copy.partial'] === 'efault') {
    const unsure = new UserCopy(world, name, spans);
    const moved = attempt(unsure, length, true).world;
    return unsure.open === undefined ? [because(refuse('copy.partial', 'EFAULT', moved), ...why)] : { open: unsure.open };
  }
  return [
    {
      clauses: [first, 'copy.partial', ...why],
      expected: {
        kind: 'some',
        text: `1 to ${count}`,
        accepts: (outcome) => outcome.kind === 'value' && outcome.value >= 1 && outcome.value <= count,
        typical: { kind: 'value', value: count },
      },
      next: (outcome) => (outcome.kind === 'value' ? attempt(new UserCopy(world, name, spans), outcome.value, false).world : undefined),
    },
  ];
}
