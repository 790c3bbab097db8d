/** The maker of every call. */
import { FILE_MAKERS } from './calls/files.ts';
import { PROCESS_MAKERS } from './calls/process.ts';
import type { MakerTable } from './maker.ts';

export const MAKERS: MakerTable = {
  ...PROCESS_MAKERS,
  ...FILE_MAKERS,
};
