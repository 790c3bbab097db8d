/** The maker of every call. */
import { PROCESS_MAKERS } from './calls/process.ts';
import type { MakerTable } from './maker.ts';

export const MAKERS: MakerTable = {
  ...PROCESS_MAKERS,
};
