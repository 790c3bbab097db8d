/** The maker of every call. */
import { ACCESS_MAKERS } from './calls/access.ts';
import { ADVICE_MAKERS } from './calls/advice.ts';
import { FILE_MAKERS } from './calls/files.ts';
import { IO_MAKERS } from './calls/io.ts';
import { LIMIT_MAKERS } from './calls/limits.ts';
import { MAPPING_MAKERS } from './calls/mapping.ts';
import { PROCESS_MAKERS } from './calls/process.ts';
import { REMAP_MAKERS } from './calls/remap.ts';
import { SHM_MAKERS } from './calls/shm.ts';
import type { AllMakers } from './maker.ts';

export const MAKERS: AllMakers = {
  ...MAPPING_MAKERS,
  ...REMAP_MAKERS,
  ...LIMIT_MAKERS,
  ...ACCESS_MAKERS,
  ...ADVICE_MAKERS,
  ...IO_MAKERS,
  ...PROCESS_MAKERS,
  ...FILE_MAKERS,
  ...SHM_MAKERS,
};
