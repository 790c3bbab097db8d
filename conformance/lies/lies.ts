/** All lies, by the group of calls that they are about. */
import { ACCESS_LIES } from './access-lies.ts';
import { ADVICE_LIES } from './advice-lies.ts';
import { FILE_LIES } from './file-lies.ts';
import type { Lie } from './lie.ts';
import { LIMIT_LIES } from './limit-lies.ts';
import { MAPPING_LIES } from './mapping-lies.ts';
import { PROCESS_LIES } from './process-lies.ts';

export const LIES: readonly Lie[] = [...MAPPING_LIES, ...LIMIT_LIES, ...ACCESS_LIES, ...ADVICE_LIES, ...FILE_LIES, ...PROCESS_LIES];
