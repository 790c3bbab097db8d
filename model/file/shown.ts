/** What a mapping shows of a file. Clauses file_mapping.* */
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Mapping } from '../memory/mapping.ts';
import { objectOf, type Process, type World } from '../world.ts';

/** The clause by which a byte of a page shows what is in a file or in shared memory; undefined for memory of the process's own. */
export function showing(world: World, process: Process, page: number, offset: number, mapping: Mapping): ClauseId | undefined {
  if (mapping.object === undefined) return undefined;
  if (!mapping.shared) return process.space.cells.has(page) ? undefined : 'file_mapping.private-follows';
  const past = (page + mapping.delta) * PAGE_SIZE + offset >= objectOf(world, mapping.object).size;
  return past ? 'file_mapping.tail-zero' : 'file_mapping.coherent';
}
